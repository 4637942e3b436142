//! Options of the attributes, and names.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitBool, LitStr, Pat, Token};

#[derive(Default)]
pub struct Options {
    pub name: Option<LitStr>,
    pub deterministic: Option<Span>,
    pub columns: Option<Span>,
    pub rows: Option<(bool, Span)>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Options> {
        let mut options = Options::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            match key.to_string().as_str() {
                "name" => {
                    input.parse::<Token![=]>()?;
                    options.name = Some(input.parse()?);
                }
                "deterministic" => options.deterministic = Some(key.span()),
                "columns" => options.columns = Some(key.span()),
                "rows" => {
                    input.parse::<Token![=]>()?;
                    options.rows = Some((input.parse::<LitBool>()?.value, key.span()));
                }
                _ => return Err(syn::Error::new(key.span(), "there are the options name = \"…\", deterministic, columns and rows = false")),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

impl Options {
    /// The exported name: as an export name it is a part of `nacre_call_…`.
    pub fn name_or(&self, name: &str) -> syn::Result<String> {
        let Some(given) = &self.name else { return Ok(name.into()) };
        let text = given.value();
        let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain { Ok(text) } else { Err(syn::Error::new(given.span(), "a name of letters, digits and _")) }
    }
}

/// `fn f(_words: …)` has the argument words; patterns have a number.
pub fn argument_name(pattern: &Pat, position: usize) -> String {
    if let Pat::Ident(ident) = pattern {
        let name = plain(&ident.ident);
        let name = name.trim_start_matches('_');
        if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
            return name.into();
        }
    }
    format!("argument{}", position + 1)
}

/// Without `r#`.
pub fn plain(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), Into::into)
}

/// `PriceRange` to `price_range`, `HTTPCode` to `http_code`.
pub fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut made = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let begins = c.is_uppercase()
            && i > 0
            && chars[i - 1] != '_'
            && (!chars[i - 1].is_uppercase() || chars.get(i + 1).is_some_and(|next| next.is_lowercase()));
        if begins {
            made.push('_');
        }
        made.extend(c.to_lowercase());
    }
    made
}

/// What a function is called here is also what C's library calls one of its own: in a module both would be one. `f64::powf` calls `pow`.
pub fn is_of_c(name: &str) -> bool {
    const NAMES: &str = " abort abs access acos acosh asctime asin asinh atan atan2 atanh atexit atof atoi atol bcmp bsearch calloc cbrt ceil \
        chdir clock close copysign cos cosh creat ctime difftime div dup erf erfc exit exp exp10 exp2 expm1 fabs fclose fdim feof fflush fgets floor \
        fma fmax fmin fmod fopen fprintf fputc fputs fread free frexp fscanf fseek fstat ftell fwrite getc getcwd getenv getline getopt gets \
        gmtime hypot ilogb index isatty j0 j1 jn ldexp lgamma link llabs localtime log log10 log1p log2 logb lrint lround lseek main malloc \
        memchr memcmp memcpy memmove memset mkdir mktime modf nan nanosleep nearbyint nextafter open opendir pause perror pipe poll pow \
        printf putc putchar puts qsort rand random read readlink realloc realpath remainder remove rename rewind rindex rint rmdir round \
        scanf select send setenv sin sincos sinh sleep snprintf sprintf sqrt srand sscanf stat strcat strchr strcmp strcpy strcspn strdup \
        strerror strlen strncat strncmp strncpy strpbrk strrchr strspn strstr strtod strtok strtol system tan tanh tgamma time times trunc \
        truncate unlink utime vprintf write y0 y1 yn acosf asinf atanf atan2f cbrtf ceilf cosf coshf expf exp2f expm1f fabsf floorf fmaf fmaxf fminf fmodf \
        hypotf logf log10f log1pf log2f powf rintf roundf sinf sinhf sqrtf tanf tanhf truncf memory _start _initialize ";
    NAMES.contains(&format!(" {name} "))
}
