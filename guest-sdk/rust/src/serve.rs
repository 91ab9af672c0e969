//! The macro that makes a component of controllers.

/// Makes a component of a controller: `serve!(Products);`, once in a crate.
///
/// Several namespaces: `serve! { "/" => Chat, "/admin" => Admin }`. With an HTTP controller: `serve! { Products, http = Shop }`,
/// or `serve! { "/" => Chat, "/admin" => Admin, http = Site }`.
///
/// A namespace's name may have parameters: `serve! { "/" => Chat, "/room-:id" => Room }` serves `/room-1`, `/room-2` and so
/// on, and [`ctx.param("id")`](crate::Context::param) tells which. `:name` stands for one or more characters other than
/// `/`, `*name` at the end for all the rest. With `as regex` it is a regular expression, which has to match the whole name:
/// `r"/dynamic-\d+" as regex => Dynamic`; with `as exact`, colons and asterisks mean themselves. The exact name counts
/// first, then the first pattern, then the first regular expression.
///
/// A type made before can be named, for unit tests of several namespaces: `serve! { App: "/" => Chat, "/admin" => Admin }`.
#[macro_export]
macro_rules! serve {
    ($root:ty $(,)?) => {
        const _: () = $crate::__private::serves::<$root>();

        #[cfg(target_family = "wasm")]
        const _: () = {
            type Exported = $crate::__private::Exports<$root>;
            $crate::__private::export!(Exported with_types_in $crate::__private::bindings::events);
        };
    };
    ($root:ty, http = $http:ty $(,)?) => {
        const _: () = $crate::__private::serves::<$root>();
        const _: () = $crate::__private::serves_http::<$http>();

        #[cfg(target_family = "wasm")]
        const _: () = {
            type Exported = $crate::__private::Exports<$root, $http>;
            $crate::__private::export_http!(Exported with_types_in $crate::__private::bindings::http);
        };
    };
    ($($namespace:literal $(as $matching:ident)? => $root:ty),+ $(, http = $http:ty)? $(,)?) => {
        const _: () = {
            $crate::serve! { __Component: $($namespace $(as $matching)? => $root),+ $(, http = $http)? }
        };
    };
    ($visibility:vis $app:ident: $($namespace:literal $(as $matching:ident)? => $root:ty),+ $(, http = $http:ty)? $(,)?) => {
        /// What this component serves.
        $visibility struct $app;

        impl $crate::Component for $app {
            const NAMESPACES: &'static [(&'static str, $crate::__private::NameMatching)] =
                &[$(($namespace, $crate::__matching!($namespace $($matching)?))),+];
            type Roots = $crate::__roots!($($root),+);
        }

        $(
            impl $crate::HttpComponent for $app {
                type Controller = $http;
            }
        )?

        $crate::serve! { $app $(, http = $http)? }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __matching {
    ($namespace:literal) => {
        $crate::__private::NameMatching::of($namespace)
    };
    ($namespace:literal exact) => {
        $crate::__private::NameMatching::Exact
    };
    ($namespace:literal pattern) => {
        $crate::__private::NameMatching::Pattern
    };
    ($namespace:literal regex) => {
        $crate::__private::NameMatching::Regex
    };
    ($namespace:literal $other:ident) => {
        ::core::compile_error!("a namespace's name is read `as exact`, `as pattern` or `as regex`")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __roots {
    () => { () };
    ($first:ty $(, $rest:ty)*) => { ($first, $crate::__roots!($($rest),*)) };
}
