return net + net * rate
