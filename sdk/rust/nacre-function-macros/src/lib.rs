//! The attributes of nacre-function, which documents them.

mod aggregate;
mod derive;
mod function;
mod names;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// Exports a function.
///
/// Its name and types become those of the CQL function. If an argument is an `Option`, the function is CALLED ON NULL INPUT, else it
/// RETURNS NULL ON NULL INPUT. The result may be a `Result<T, E>` where `E` can be displayed: errors end the statement and name the row.
///
/// - `#[function(name = "other")]`: another name than the Rust one
/// - `#[function(deterministic)]`: the same arguments always give the same result
/// - `#[function(columns)]`: takes `Column<'_, T>` or slices of numbers, a whole batch at once, and last `&mut Results<T>` or a slice for the
///   results. Such a function has no entry for single rows, so ScyllaDB doesn't see it
/// - `#[function(rows = false)]`: no entry for single rows
#[proc_macro_attribute]
pub fn function(options: TokenStream, item: TokenStream) -> TokenStream {
    let options = parse_macro_input!(options as names::Options);
    let item = parse_macro_input!(item as syn::ItemFn);
    function::expand(options, item).unwrap_or_else(|error| error.into_compile_error()).into()
}

/// Exports the functions of an aggregate, from an `impl` of its state.
///
/// The state is `Default` and of a CQL type: by `#[derive(Tuple)]`, `#[derive(UserType)]` or `#[derive(Newtype)]`. The `impl` has
///
/// - `fn accumulate(&mut self, arguments…)`, the state function `NAME_accumulate`. Rows with a null for an argument that is no `Option` are
///   passed over
/// - `fn merge(&mut self, other: Self)`, the reduce function `NAME_merge`. Optional
/// - `fn finish(&self) -> Result`, the final function `NAME_finish`. Optional
///
/// and whatever else. NAME is that of the type in snake case, unless `#[aggregate(name = "…")]` says another.
#[proc_macro_attribute]
pub fn aggregate(options: TokenStream, item: TokenStream) -> TokenStream {
    let options = parse_macro_input!(options as names::Options);
    let item = parse_macro_input!(item as syn::ItemImpl);
    aggregate::expand(options, item).unwrap_or_else(|error| error.into_compile_error()).into()
}

/// A struct with the fields of a user type, in its order. `#[cql(name = "…")]` says the type's name if it isn't the struct's in snake case.
#[proc_macro_derive(UserType, attributes(cql))]
pub fn user_type(item: TokenStream) -> TokenStream {
    derive::expand(derive::Kind::UserType, &parse_macro_input!(item as syn::DeriveInput)).unwrap_or_else(|error| error.into_compile_error()).into()
}

/// A struct with the elements of a tuple, in its order.
#[proc_macro_derive(Tuple, attributes(cql))]
pub fn tuple(item: TokenStream) -> TokenStream {
    derive::expand(derive::Kind::Tuple, &parse_macro_input!(item as syn::DeriveInput)).unwrap_or_else(|error| error.into_compile_error()).into()
}

/// A struct around one value, of the same CQL type.
#[proc_macro_derive(Newtype, attributes(cql))]
pub fn newtype(item: TokenStream) -> TokenStream {
    derive::expand(derive::Kind::Newtype, &parse_macro_input!(item as syn::DeriveInput)).unwrap_or_else(|error| error.into_compile_error()).into()
}

/// As in scylla-udf: `#[function]`.
#[proc_macro_attribute]
pub fn export_udf(options: TokenStream, item: TokenStream) -> TokenStream {
    function(options, item)
}

/// As in scylla-udf: `#[derive(UserType)]`.
#[proc_macro_attribute]
pub fn export_udt(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::DeriveInput);
    quote::quote!(#[derive(::nacre_function::UserType)] #item).into()
}

/// As in scylla-udf: `#[derive(Newtype)]`.
#[proc_macro_attribute]
pub fn export_newtype(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::DeriveInput);
    quote::quote!(#[derive(::nacre_function::Newtype)] #item).into()
}
