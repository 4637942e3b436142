//! The derives of types.

use crate::function::with_lifetimes;
use crate::names::{plain, snake_case};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, Fields, Index, LitStr, Result, Token};

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    UserType,
    Tuple,
    Newtype,
}

pub fn expand(kind: Kind, item: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &item.data else {
        return Err(Error::new(item.ident.span(), "a struct, neither an enum nor a union, stands for a CQL type"));
    };
    let empty = Punctuated::new();
    let fields: &Punctuated<Field, Token![,]> = match &data.fields {
        Fields::Named(named) => &named.named,
        Fields::Unnamed(unnamed) => &unnamed.unnamed,
        Fields::Unit => &empty,
    };
    if let Some(parameter) = item.generics.params.iter().find(|p| !matches!(p, syn::GenericParam::Lifetime(_))) {
        return Err(Error::new(parameter.span(), "a CQL type can't be generic"));
    }
    if item.generics.lifetimes().count() > 1 {
        return Err(Error::new(item.generics.span(), "one lifetime at most: that of the call"));
    }
    match kind {
        Kind::Newtype if fields.len() != 1 => Err(Error::new(item.ident.span(), "a newtype has one field")),
        Kind::Newtype => Ok(newtype(item, &data.fields, &fields[0])),
        _ if fields.is_empty() => Err(Error::new(item.ident.span(), "a struct with at least one field")),
        _ => compound(kind, item, &data.fields, fields),
    }
}

struct Lifetimes {
    here: TokenStream,
    impl_from: TokenStream,
    used: TokenStream,
}

fn lifetimes(item: &DeriveInput) -> Lifetimes {
    match item.generics.lifetimes().next() {
        Some(parameter) => {
            let lifetime = &parameter.lifetime;
            Lifetimes { here: quote!(<#lifetime>), impl_from: quote!(<#lifetime>), used: quote!(#lifetime) }
        }
        None => Lifetimes { here: quote!(), impl_from: quote!(<'__nacre>), used: quote!('__nacre) },
    }
}

fn name_of(item: &DeriveInput) -> Result<String> {
    let mut name = snake_case(&plain(&item.ident));
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("cql")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                name = meta.value()?.parse::<LitStr>()?.value();
                Ok(())
            } else {
                Err(meta.error("there is #[cql(name = \"…\")]"))
            }
        })?;
    }
    Ok(name)
}

fn compound(kind: Kind, item: &DeriveInput, shape: &Fields, fields: &Punctuated<Field, Token![,]>) -> Result<TokenStream> {
    let ident = &item.ident;
    let name = name_of(item)?;
    let Lifetimes { here, impl_from, used } = lifetimes(item);
    let members: Vec<TokenStream> = fields
        .iter()
        .enumerate()
        .map(|(i, field)| match &field.ident {
            Some(ident) => quote!(#ident),
            None => {
                let index = Index::from(i);
                quote!(#index)
            }
        })
        .collect();
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let type_name = match kind {
        Kind::UserType => {
            let statics = types.iter().map(|ty| with_lifetimes(ty, "'static"));
            let names = fields.iter().enumerate().map(|(i, field)| field.ident.as_ref().map_or(format!("field{}", i + 1), plain));
            quote! {
                ::nacre_function::TypeName::User(&::nacre_function::UserTypeName {
                    name: #name,
                    fields: &[#((#names, <#statics as ::nacre_function::CqlType>::TYPE)),*],
                })
            }
        }
        _ => {
            let statics = types.iter().map(|ty| with_lifetimes(ty, "'static"));
            quote! { ::nacre_function::TypeName::Tuple(&[#(<#statics as ::nacre_function::CqlType>::TYPE),*]) }
        }
    };
    let reads = members.iter().zip(&types).map(|(member, ty)| {
        let place = format!("field {member} of {name}");
        quote_spanned! {ty.span()=> elements.field::<#ty>(#place)? }
    });
    let made = match shape {
        Fields::Named(_) => quote! { #ident { #(#members: #reads),* } },
        _ => quote! { #ident(#(#reads),*) },
    };
    // A check of its own, so that a wrong type is reported once, where it stands.
    let checks = types.iter().map(|ty| {
        let ty = with_lifetimes(ty, "'static");
        quote_spanned! {ty.span()=> assert::<#ty>(); }
    });
    let is_user_type = kind == Kind::UserType;
    let without_lifetime = if here.is_empty() { quote!() } else { quote!(<'static>) };
    let declaration = is_user_type.then(|| {
        quote! {
            #[cfg(target_family = "wasm")]
            const _: () = {
                const DECLARATION: &::nacre_function::UserTypeName = match <#ident #without_lifetime as ::nacre_function::CqlType>::TYPE {
                    ::nacre_function::TypeName::User(declaration) => declaration,
                    _ => panic!(),
                };
                #[unsafe(link_section = "nacre.declarations")]
                #[used]
                static LINE: [u8; DECLARATION.line_size()] = DECLARATION.line();
            };
        }
    });
    Ok(quote! {
        #declaration
        const _: () = {
            fn assert<T: ::nacre_function::CqlType>() {}
            let _ = || { #(#checks)* };
        };
        impl #here ::nacre_function::CqlType for #ident #here {
            const TYPE: ::nacre_function::TypeName = #type_name;
            type Plain = u64;
        }
        impl #impl_from ::nacre_function::FromCql<#used> for #ident #here {
            fn from_cql(bytes: & #used [u8]) -> ::core::result::Result<Self, ::nacre_function::Fault> {
                let mut elements = ::nacre_function::__private::Elements::of_tuple(bytes);
                let made = #made;
                elements.end()?;
                ::core::result::Result::Ok(made)
            }
        }
        impl #here ::nacre_function::IntoCql for #ident #here {
            fn write(&self, to: &mut ::nacre_function::__private::Vec<u8>) {
                #(::nacre_function::__private::write_element(&self.#members, to);)*
            }
        }
    })
}

fn newtype(item: &DeriveInput, shape: &Fields, field: &Field) -> TokenStream {
    let ident = &item.ident;
    let ty = &field.ty;
    let Lifetimes { here, impl_from, used } = lifetimes(item);
    let (member, wrap) = match (&field.ident, shape) {
        (Some(member), _) => (quote!(#member), quote! { |value| #ident { #member: value } }),
        (None, _) => (quote!(0), quote! { #ident }),
    };
    let of = quote_spanned! {ty.span()=> <#ty as ::nacre_function::CqlType> };
    quote! {
        impl #here ::nacre_function::CqlType for #ident #here {
            const TYPE: ::nacre_function::TypeName = #of::TYPE;
            const NULLABLE: bool = #of::NULLABLE;
            const WIDTH: usize = #of::WIDTH;
            type Plain = #of::Plain;
        }
        impl #impl_from ::nacre_function::FromCql<#used> for #ident #here {
            #[inline]
            fn from_cql(bytes: & #used [u8]) -> ::core::result::Result<Self, ::nacre_function::Fault> {
                <#ty as ::nacre_function::FromCql>::from_cql(bytes).map(#wrap)
            }
            #[inline]
            fn from_null() -> ::core::result::Result<Self, ::nacre_function::Fault> {
                <#ty as ::nacre_function::FromCql>::from_null().map(#wrap)
            }
            #[inline]
            fn from_row(column: &::nacre_function::__private::ColumnData<#used>, row: usize) -> ::core::result::Result<Self, ::nacre_function::Fault> {
                <#ty as ::nacre_function::FromCql>::from_row(column, row).map(#wrap)
            }
            #[inline]
            unsafe fn from_plain(plain: Self::Plain) -> ::core::result::Result<Self, ::nacre_function::Fault> {
                unsafe { <#ty as ::nacre_function::FromCql>::from_plain(plain) }.map(#wrap)
            }
        }
        impl #here ::nacre_function::IntoCql for #ident #here {
            #[inline]
            fn write(&self, to: &mut ::nacre_function::__private::Vec<u8>) {
                ::nacre_function::IntoCql::write(&self.#member, to);
            }
            #[inline]
            fn is_null(&self) -> bool {
                ::nacre_function::IntoCql::is_null(&self.#member)
            }
            #[inline]
            fn to_row(&self, results: &mut ::nacre_function::__private::RowResults, row: usize) {
                ::nacre_function::IntoCql::to_row(&self.#member, results, row);
            }
            #[inline]
            fn to_plain(&self) -> Self::Plain {
                ::nacre_function::IntoCql::to_plain(&self.#member)
            }
        }
    }
}
