//! `#[function]`.

use crate::names::{Options, argument_name, is_of_c, plain};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Error, FnArg, ItemFn, Lifetime, Result, ReturnType, Type, TypeReference, parse_quote};

/// An argument's name in CQL and type in Rust.
pub struct Argument {
    pub name: String,
    pub ty: Type,
}

/// All lifetimes of a type are this one.
pub struct Lifetimes(pub &'static str);

impl VisitMut for Lifetimes {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        *lifetime = Lifetime::new(self.0, lifetime.span());
    }
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime = Some(Lifetime::new(self.0, reference.span()));
        self.visit_type_mut(&mut reference.elem);
    }
}

pub fn with_lifetimes(ty: &Type, lifetime: &'static str) -> Type {
    let mut ty = ty.clone();
    Lifetimes(lifetime).visit_type_mut(&mut ty);
    ty
}

pub fn expand(options: Options, item: ItemFn) -> Result<TokenStream> {
    check(&item)?;
    let mut arguments = Vec::new();
    for (position, input) in item.sig.inputs.iter().enumerate() {
        match input {
            FnArg::Receiver(receiver) => return Err(Error::new(receiver.span(), "a function, not a method: without self")),
            FnArg::Typed(typed) => arguments.push(Argument { name: argument_name(&typed.pat, position), ty: (*typed.ty).clone() }),
        }
    }
    let name = options.name_or(&plain(&item.sig.ident))?;
    let made = match options.columns {
        None => by_rows(&options, &item, &name, &arguments)?,
        Some(span) => by_columns(&options, &item, &name, arguments).map_err(|mut error| {
            error.combine(Error::new(span, "because of columns"));
            error
        })?,
    };
    Ok(quote! { #item #made })
}

fn check(item: &ItemFn) -> Result<()> {
    let signature = &item.sig;
    if let Some(generic) = signature.generics.params.iter().find(|p| !matches!(p, syn::GenericParam::Lifetime(_))) {
        return Err(Error::new(generic.span(), "an exported function can't be generic: CQL knows functions of known types alone"));
    }
    if let Some(keyword) = &signature.asyncness {
        return Err(Error::new(keyword.span(), "an exported function can't be async"));
    }
    Ok(())
}

/// The type of the function's name, which implements `Function`.
fn marker(item: &ItemFn, signature: &TokenStream, body: &TokenStream) -> TokenStream {
    let (ident, visibility) = (&item.sig.ident, &item.vis);
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        #visibility enum #ident {}
        const _: () = {
            use ::nacre_function::__private as __nacre;
            impl ::nacre_function::Function for #ident {
                const SIGNATURE: ::nacre_function::Signature = #signature;
                #[inline]
                fn call(__nacre_batch: &mut __nacre::Batch) -> ::core::result::Result<(), ::nacre_function::Failed> {
                    #body
                }
            }
        };
    }
}

/// What stands in a module, for something that implements `Function`.
pub fn module_parts(ident: &TokenStream, name: &str) -> TokenStream {
    let call = format!("nacre_call_{name}");
    quote! {
        #[unsafe(export_name = #call)]
        unsafe extern "C" fn __nacre_call(batch: u32) -> i32 {
            unsafe { __nacre::call::<#ident>(batch) }
        }
        #[unsafe(link_section = "nacre.functions")]
        #[used]
        static __NACRE_LINE: [u8; <#ident as ::nacre_function::Function>::SIGNATURE.line_size()] =
            <#ident as ::nacre_function::Function>::SIGNATURE.line();
    }
}

/// `Signature { … }` of types with static lifetimes.
pub fn signature(name: &str, names: &[String], types: &[Type], called: &TokenStream, returns: &TokenStream, deterministic: bool) -> TokenStream {
    let entries = names.iter().zip(types).map(|(name, ty)| quote_spanned! {ty.span()=> (#name, <#ty as ::nacre_function::CqlType>::TYPE) });
    quote! {
        ::nacre_function::Signature {
            name: #name,
            arguments: &[#(#entries),*],
            called: #called,
            returns: #returns,
            deterministic: #deterministic,
        }
    }
}

/// The type that a function returns; nothing is the unit type.
fn returned(item: &ItemFn) -> Result<Type> {
    match &item.sig.output {
        ReturnType::Type(_, ty) => Ok((**ty).clone()),
        ReturnType::Default => {
            Err(Error::new(item.sig.ident.span(), "an exported function has a result: fn … -> i64; Option<…> for one that may be null"))
        }
    }
}

fn by_rows(options: &Options, item: &ItemFn, name: &str, arguments: &[Argument]) -> Result<TokenStream> {
    let ident = &item.sig.ident;
    let returns = with_lifetimes(&returned(item)?, "'static");
    let names: Vec<String> = arguments.iter().map(|argument| argument.name.clone()).collect();
    let statics: Vec<Type> = arguments.iter().map(|argument| with_lifetimes(&argument.ty, "'static")).collect();
    let elided: Vec<Type> = arguments.iter().map(|argument| with_lifetimes(&argument.ty, "'_")).collect();
    let value = quote_spanned! {returns.span()=> <#returns as ::nacre_function::Outcome>::Value };
    let called = quote! { false #(|| <#statics as ::nacre_function::CqlType>::NULLABLE)* };
    let signature =
        signature(name, &names, &statics, &called, &quote! { <#value as ::nacre_function::CqlType>::TYPE }, options.deterministic.is_some());

    let columns: Vec<_> = (0..arguments.len()).map(|i| format_ident!("__nacre_column_{i}")).collect();
    let positions = 0..arguments.len();
    let loads = elided.iter().zip(&names).zip(&columns).map(|((ty, name), column)| {
        quote_spanned! {ty.span()=>
            match <#ty as ::nacre_function::FromCql>::from_row(&#column, __nacre_row) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(fault) => return ::core::result::Result::Err(::nacre_function::Failed::argument(#name, fault)),
            }
        }
    });
    let outcome = quote_spanned! {returns.span()=> ::nacre_function::Outcome::outcome };
    let call = call_of(item, &quote! { #(#loads),* });
    let body = quote! {
        // SAFETY: the batch lasts as long as the call.
        #(let #columns = unsafe { __nacre_batch.column(#positions) };)*
        __nacre_batch.each_row(|__nacre_row| {
            if Self::SIGNATURE.called && (false #(|| !<#statics as ::nacre_function::CqlType>::NULLABLE && #columns.is_null(__nacre_row))*) {
                return ::core::result::Result::Ok(::core::option::Option::None);
            }
            #outcome(#call).map(::core::option::Option::Some)
        })
    };
    let marker = marker(item, &signature, &body);
    let parts = module_parts(&quote!(#ident), name);
    let row = row_entry(options, item, name, arguments, &value, &outcome)?;
    Ok(quote! {
        #marker
        #[cfg(target_family = "wasm")]
        const _: () = {
            use ::nacre_function::__private as __nacre;
            #parts
            #row
        };
    })
}

fn call_of(item: &ItemFn, arguments: &TokenStream) -> TokenStream {
    let ident = &item.sig.ident;
    if item.sig.unsafety.is_some() {
        quote! { unsafe { #ident(#arguments) } }
    } else {
        quote! { #ident(#arguments) }
    }
}

/// The entry for single rows, unless it would stand in the way of a function of C's.
fn row_entry(
    options: &Options,
    item: &ItemFn,
    name: &str,
    arguments: &[Argument],
    value: &TokenStream,
    outcome: &TokenStream,
) -> Result<TokenStream> {
    match options.rows {
        Some((false, _)) => return Ok(quote!()),
        Some((true, span)) if is_of_c(name) => {
            return Err(Error::new(span, format!("C's library has a `{name}` too, which this entry would replace: give the function another name")));
        }
        _ if is_of_c(name) => return Ok(quote!()),
        _ => {}
    }
    let ident = &item.sig.ident;
    let passed: Vec<_> = (0..arguments.len()).map(|i| format_ident!("__nacre_{i}")).collect();
    let statics: Vec<Type> = arguments.iter().map(|argument| with_lifetimes(&argument.ty, "'static")).collect();
    let takes = arguments.iter().zip(&passed).map(|(argument, passed)| {
        let (ty, name) = (with_lifetimes(&argument.ty, "'_"), &argument.name);
        quote! {
            match unsafe { <__NacreNulls as __nacre::Passing>::take::<#ty>(#passed) } {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(fault) => return ::core::result::Result::Err(::nacre_function::Failed::argument(#name, fault)),
            }
        }
    });
    let call = call_of(item, &quote! { #(#takes),* });
    let null_test = quote! { false #(|| !<#statics as ::nacre_function::CqlType>::NULLABLE && __nacre::Plain::is_null(#passed))* };
    Ok(quote! {
        type __NacreNulls = __nacre::Nulls<{ <#ident as ::nacre_function::Function>::SIGNATURE.called }>;
        #[unsafe(export_name = #name)]
        unsafe extern "C" fn __nacre_row(#(#passed: <__NacreNulls as __nacre::Passing>::Of<#statics>),*) -> <__NacreNulls as __nacre::Passing>::Of<#value> {
            let __nacre_given = if <#ident as ::nacre_function::Function>::SIGNATURE.called && (#null_test) {
                __nacre::Plain::null()
            } else {
                let __nacre_result = __nacre::finish((|| #outcome(#call))());
                <__NacreNulls as __nacre::Passing>::give(__nacre_result)
            };
            #(__nacre::Plain::release(#passed);)*
            __nacre_given
        }
    })
}

fn by_columns(options: &Options, item: &ItemFn, name: &str, mut arguments: Vec<Argument>) -> Result<TokenStream> {
    const RESULTS: &str = "a function of columns takes &mut Results<T> or a slice like &mut [f64] as its last parameter";
    let Some(last) = arguments.pop() else { return Err(Error::new(item.sig.ident.span(), RESULTS)) };
    let Type::Reference(TypeReference { mutability: Some(_), elem: results, .. }) = &last.ty else {
        return Err(Error::new(last.ty.span(), RESULTS));
    };
    let ident = &item.sig.ident;
    let names: Vec<String> = arguments.iter().map(|argument| argument.name.clone()).collect();
    let items: Vec<Type> = arguments
        .iter()
        .map(|argument| {
            let ty = with_lifetimes(&argument.ty, "'static");
            parse_quote! { <#ty as ::nacre_function::__private::ColumnArgument<'static>>::Item }
        })
        .collect();
    let results_static = with_lifetimes(results, "'static");
    let called = quote! { false #(|| <#items as ::nacre_function::CqlType>::NULLABLE)* };
    let returns = quote! { <<#results_static as ::nacre_function::__private::ColumnResults>::Item as ::nacre_function::CqlType>::TYPE };
    let signature = signature(name, &names, &items, &called, &returns, options.deterministic.is_some());
    let elided = arguments.iter().map(|argument| with_lifetimes(&argument.ty, "'_"));
    let positions = 0..arguments.len();
    let body = quote! {
        <#results_static as __nacre::ColumnResults>::with(__nacre_batch, |__nacre_batch, __nacre_results| __nacre::ColumnOutcome::outcome(
            // SAFETY: the batch lasts as long as the call.
            #ident(#(<#elided as __nacre::ColumnArgument>::column(unsafe { __nacre_batch.column(#positions) }),)* __nacre_results)
        ))
    };
    let marker = marker(item, &signature, &body);
    let parts = module_parts(&quote!(#ident), name);
    Ok(quote! {
        #marker
        #[cfg(target_family = "wasm")]
        const _: () = {
            use ::nacre_function::__private as __nacre;
            #parts
        };
    })
}
