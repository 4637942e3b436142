return {t[2], t[1]}
