//! `#[aggregate]`.

use crate::function::{Argument, module_parts, signature, with_lifetimes};
use crate::names::{Options, argument_name, plain, snake_case};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Result, ReturnType, Type};

pub fn expand(options: Options, item: ItemImpl) -> Result<TokenStream> {
    if let Some(span) = options.columns.or(options.deterministic).or(options.rows.map(|(_, span)| span)) {
        return Err(Error::new(span, "an aggregate has the option name = \"…\" alone"));
    }
    let (Type::Path(path), None) = (&*item.self_ty, &item.trait_) else {
        return Err(Error::new(item.self_ty.span(), "an impl of the state's own: impl Mean { … }"));
    };
    if !item.generics.params.is_empty() {
        return Err(Error::new(item.generics.span(), "a state can't be generic or borrow: it outlives every call"));
    }
    let Some(last) = path.path.segments.last() else { return Err(Error::new(path.span(), "a type")) };
    let name = options.name_or(&snake_case(&plain(&last.ident)))?;

    let Some(accumulate) = method(&item, "accumulate") else {
        return Err(Error::new(item.self_ty.span(), "an aggregate has at least fn accumulate(&mut self, …)"));
    };
    let state = &*item.self_ty;
    let mut made = vec![accumulates(state, &name, accumulate)?];
    if let Some(merge) = method(&item, "merge") {
        made.push(merges(state, &name, merge)?);
    }
    if let Some(finish) = method(&item, "finish") {
        made.push(finishes(state, &name, finish)?);
    }
    made.push(declaration(state, &name, &item, accumulate)?);
    Ok(quote! { #item #(#made)* })
}

/// The line of `nacre.declarations`.
fn declaration(state: &Type, name: &str, item: &ItemImpl, accumulate: &ImplItemFn) -> Result<TokenStream> {
    let arguments = arguments(accumulate, "")?;
    let types = arguments.iter().map(|argument| with_lifetimes(&argument.ty, "'static"));
    let has_merge = method(item, "merge").is_some();
    let has_finish = method(item, "finish").is_some();
    Ok(quote! {
        #[cfg(target_family = "wasm")]
        const _: () = {
            const DECLARATION: ::nacre_function::AggregateDeclaration = ::nacre_function::AggregateDeclaration {
                name: #name,
                arguments: &[#(<#types as ::nacre_function::CqlType>::TYPE),*],
                state: <#state as ::nacre_function::CqlType>::TYPE,
                has_merge: #has_merge,
                has_finish: #has_finish,
            };
            #[unsafe(link_section = "nacre.declarations")]
            #[used]
            static LINE: [u8; DECLARATION.line_size()] = DECLARATION.line();
        };
    })
}

fn method<'a>(item: &'a ItemImpl, name: &str) -> Option<&'a ImplItemFn> {
    item.items.iter().find_map(|each| match each {
        ImplItem::Fn(function) if function.sig.ident == name => Some(function),
        _ => None,
    })
}

/// Arguments behind `self`.
fn arguments(method: &ImplItemFn, what: &str) -> Result<Vec<Argument>> {
    let mut inputs = method.sig.inputs.iter();
    if !matches!(inputs.next(), Some(FnArg::Receiver(_))) {
        return Err(Error::new(method.sig.ident.span(), what));
    }
    Ok(inputs
        .enumerate()
        .filter_map(|(position, input)| match input {
            FnArg::Typed(typed) => Some(Argument { name: argument_name(&typed.pat, position), ty: (*typed.ty).clone() }),
            FnArg::Receiver(_) => None,
        })
        .collect())
}

/// A function that takes a state and more, and returns the state.
struct Step {
    marker: Ident,
    name: String,
    /// Their types are those of single values.
    arguments: Vec<Argument>,
    /// Statement that changes `__nacre_state` by `__nacre_0`, `__nacre_1`, …
    change: TokenStream,
}

fn accumulates(state: &Type, name: &str, method: &ImplItemFn) -> Result<TokenStream> {
    let arguments = arguments(method, "fn accumulate(&mut self, …)")?;
    let values = (0..arguments.len()).map(|i| format_ident!("__nacre_{i}"));
    let change = quote! { <#state>::accumulate(__nacre_state, #(#values),*) };
    let name = format!("{name}_accumulate");
    Ok(step(state, &Step { marker: format_ident!("{name}"), name, arguments, change }))
}

fn merges(state: &Type, name: &str, method: &ImplItemFn) -> Result<TokenStream> {
    let others = arguments(method, "fn merge(&mut self, other: Self)")?;
    let [other] = &others[..] else {
        return Err(Error::new(method.sig.ident.span(), "fn merge(&mut self, other: Self) takes one other state"));
    };
    let reference = matches!(other.ty, Type::Reference(_)).then(|| quote!(&));
    let change = quote! { <#state>::merge(__nacre_state, #reference __nacre_0) };
    let name = format!("{name}_merge");
    let arguments = vec![Argument { name: other.name.clone(), ty: state.clone() }];
    Ok(step(state, &Step { marker: format_ident!("{name}"), name, arguments, change }))
}

fn step(state: &Type, step: &Step) -> TokenStream {
    let Step { marker, name, arguments, change } = step;
    let statics: Vec<Type> = arguments.iter().map(|argument| with_lifetimes(&argument.ty, "'static")).collect();
    let elided: Vec<Type> = arguments.iter().map(|argument| with_lifetimes(&argument.ty, "'_")).collect();
    let names: Vec<&String> = arguments.iter().map(|argument| &argument.name).collect();
    let mut all_names = vec![String::from("state")];
    all_names.extend(arguments.iter().map(|argument| argument.name.clone()));
    let mut all_types = vec![state.clone()];
    all_types.extend(statics.iter().cloned());
    let returns = quote_spanned! {state.span()=> <#state as ::nacre_function::CqlType>::TYPE };
    let signature = signature(name, &all_names, &all_types, &quote!(true), &returns, false);
    let columns: Vec<_> = (0..arguments.len()).map(|i| format_ident!("__nacre_column_{i}")).collect();
    let values: Vec<_> = (0..arguments.len()).map(|i| format_ident!("__nacre_{i}")).collect();
    let passed: Vec<_> = (0..arguments.len()).map(|i| format_ident!("__nacre_passed_{i}")).collect();
    let with_state = 1..=arguments.len();
    let without_state = 0..arguments.len();
    // Of a batch's row, or a call's arguments, unless one is null that must not be.
    let changed = quote! {
        if !(false #(|| !<#statics as ::nacre_function::CqlType>::NULLABLE && #columns.is_null(__nacre_row))*) {
            #(let #values = <#elided as ::nacre_function::FromCql>::from_row(&#columns, __nacre_row)
                .map_err(|fault| ::nacre_function::Failed::argument(#names, fault))?;)*
            __nacre::ColumnOutcome::outcome(#change)?;
        }
    };
    let parts = module_parts(&quote!(#marker), name);
    let (fold, set, get) = (format!("nacre_fold_{name}"), format!("nacre_set_state_{name}"), format!("nacre_get_state_{name}"));
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        enum #marker {}
        const _: () = {
            use ::nacre_function::__private as __nacre;
            impl ::nacre_function::Function for #marker {
                const SIGNATURE: ::nacre_function::Signature = #signature;
                fn call(__nacre_batch: &mut __nacre::Batch) -> ::core::result::Result<(), ::nacre_function::Failed> {
                    // SAFETY: the batch lasts as long as the call.
                    let __nacre_states = unsafe { __nacre_batch.column(0) };
                    #(let #columns = unsafe { __nacre_batch.column(#with_state) };)*
                    __nacre_batch.each_row(|__nacre_row| {
                        let mut __nacre_owned = <::core::option::Option<#state> as ::nacre_function::FromCql>::from_row(&__nacre_states, __nacre_row)
                            .map_err(|fault| ::nacre_function::Failed::argument("state", fault))?
                            .unwrap_or_default();
                        let __nacre_state = &mut __nacre_owned;
                        #changed
                        ::core::result::Result::Ok(::core::option::Option::Some(__nacre_owned))
                    })
                }
            }
            impl ::nacre_function::Fold for #marker {
                type State = #state;
                fn state() -> &'static __nacre::StateSlot<#state> {
                    static STATE: __nacre::StateSlot<#state> = __nacre::StateSlot::new(::core::option::Option::None);
                    &STATE
                }
                fn fold(__nacre_batch: &mut __nacre::Batch, __nacre_state: &mut #state) -> ::core::result::Result<(), ::nacre_function::Failed> {
                    // SAFETY: the batch lasts as long as the call.
                    #(let #columns = unsafe { __nacre_batch.column(#without_state) };)*
                    __nacre_batch.fold_rows(|__nacre_row| {
                        #changed
                        ::core::result::Result::Ok(())
                    })
                }
            }
            #[cfg(target_family = "wasm")]
            const _: () = {
                #parts
                #[unsafe(export_name = #fold)]
                unsafe extern "C" fn __nacre_fold(batch: u32) -> i32 {
                    unsafe { __nacre::fold::<#marker>(batch) }
                }
                #[unsafe(export_name = #set)]
                unsafe extern "C" fn __nacre_set_state(at: u32, size: i32) -> i32 {
                    unsafe { __nacre::set_state::<#marker>(at, size) }
                }
                #[unsafe(export_name = #get)]
                extern "C" fn __nacre_get_state() -> u64 {
                    __nacre::get_state::<#marker>()
                }
                type __NacreNulls = __nacre::Nulls<true>;
                #[unsafe(export_name = #name)]
                unsafe extern "C" fn __nacre_row(__nacre_passed: u64 #(, #passed: u64)*) -> u64 {
                    let __nacre_result = __nacre::finish((|| {
                        let mut __nacre_owned = unsafe { <__NacreNulls as __nacre::Passing>::take::<::core::option::Option<#state>>(__nacre_passed) }
                            .map_err(|fault| ::nacre_function::Failed::argument("state", fault))?
                            .unwrap_or_default();
                        let __nacre_state = &mut __nacre_owned;
                        if !(false #(|| !<#statics as ::nacre_function::CqlType>::NULLABLE && __nacre::Plain::is_null(#passed))*) {
                            #(let #values = unsafe { <__NacreNulls as __nacre::Passing>::take::<#elided>(#passed) }
                                .map_err(|fault| ::nacre_function::Failed::argument(#names, fault))?;)*
                            __nacre::ColumnOutcome::outcome(#change)?;
                        }
                        ::core::result::Result::<_, ::nacre_function::Failed>::Ok(__nacre_owned)
                    })());
                    let __nacre_given = <__NacreNulls as __nacre::Passing>::give(__nacre_result);
                    __nacre::Plain::release(__nacre_passed);
                    #(__nacre::Plain::release(#passed);)*
                    __nacre_given
                }
            };
        };
    }
}

fn finishes(state: &Type, name: &str, method: &ImplItemFn) -> Result<TokenStream> {
    const WHAT: &str = "fn finish(&self) -> …: without arguments, with a result that doesn't borrow from the state";
    if !arguments(method, WHAT)?.is_empty() {
        return Err(Error::new(method.sig.inputs.span(), WHAT));
    }
    let ReturnType::Type(_, ty) = &method.sig.output else { return Err(Error::new(method.sig.span(), WHAT)) };
    let returns = with_lifetimes(ty, "'static");
    let name = format!("{name}_finish");
    let marker = format_ident!("{name}");
    let value = quote_spanned! {ty.span()=> <#returns as ::nacre_function::Outcome>::Value };
    let signature = signature(
        &name,
        &["state".into()],
        std::slice::from_ref(state),
        &quote!(true),
        &quote! { <#value as ::nacre_function::CqlType>::TYPE },
        false,
    );
    let parts = module_parts(&quote!(#marker), &name);
    Ok(quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        enum #marker {}
        const _: () = {
            use ::nacre_function::__private as __nacre;
            impl ::nacre_function::Function for #marker {
                const SIGNATURE: ::nacre_function::Signature = #signature;
                fn call(__nacre_batch: &mut __nacre::Batch) -> ::core::result::Result<(), ::nacre_function::Failed> {
                    // SAFETY: the batch lasts as long as the call.
                    let __nacre_states = unsafe { __nacre_batch.column(0) };
                    __nacre_batch.each_row(|__nacre_row| {
                        let mut __nacre_state = <::core::option::Option<#state> as ::nacre_function::FromCql>::from_row(&__nacre_states, __nacre_row)
                            .map_err(|fault| ::nacre_function::Failed::argument("state", fault))?
                            .unwrap_or_default();
                        let _ = &mut __nacre_state;
                        ::nacre_function::Outcome::outcome(__nacre_state.finish()).map(::core::option::Option::Some)
                    })
                }
            }
            #[cfg(target_family = "wasm")]
            const _: () = {
                #parts
                type __NacreNulls = __nacre::Nulls<true>;
                #[unsafe(export_name = #name)]
                unsafe extern "C" fn __nacre_row(__nacre_passed: u64) -> u64 {
                    let __nacre_result = __nacre::finish((|| {
                        let mut __nacre_state = unsafe { <__NacreNulls as __nacre::Passing>::take::<::core::option::Option<#state>>(__nacre_passed) }
                            .map_err(|fault| ::nacre_function::Failed::argument("state", fault))?
                            .unwrap_or_default();
                        let _ = &mut __nacre_state;
                        ::nacre_function::Outcome::outcome(__nacre_state.finish())
                    })());
                    let __nacre_given = <__NacreNulls as __nacre::Passing>::give(__nacre_result);
                    __nacre::Plain::release(__nacre_passed);
                    __nacre_given
                }
            };
        };
    })
}
