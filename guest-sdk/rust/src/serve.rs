//! The macro that makes a component of controllers.

/// Makes a component of a controller: `serve!(Products);`, once in a crate.
///
/// Several namespaces: `serve! { "/" => Chat, "/admin" => Admin }`. With an HTTP controller: `serve! { Products, http = Shop }`,
/// or `serve! { "/" => Chat, "/admin" => Admin, http = Site }`.
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
    ($($namespace:literal => $root:ty),+ $(, http = $http:ty)? $(,)?) => {
        const _: () = {
            $crate::serve! { __Component: $($namespace => $root),+ $(, http = $http)? }
        };
    };
    ($visibility:vis $app:ident: $($namespace:literal => $root:ty),+ $(, http = $http:ty)? $(,)?) => {
        /// What this component serves.
        $visibility struct $app;

        impl $crate::Component for $app {
            const NAMESPACES: &'static [&'static str] = &[$($namespace),+];
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
macro_rules! __roots {
    () => { () };
    ($first:ty $(, $rest:ty)*) => { ($first, $crate::__roots!($($rest),*)) };
}
