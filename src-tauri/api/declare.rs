//! The form of a row: `operations!` makes of each the request's type, its way to the work, and an entry of the table.

/// Declares operations. A row is
///
/// ```text
/// /// What it does, in a sentence.
/// write rename_demo for (Window, Cli, Agent): RenameDemo { demo: DemoRef, name: Option<String> } -> DemoView
///     = |call, request| call.app.rename(call.demo(&request.demo)?, request.name.as_deref());
/// ```
///
/// A request that exists already, `CreateDemo` say, is followed by `as it is` instead of its fields.
macro_rules! operations {
    ($table:ident: $(
        $(#[doc = $about:literal])+
        $kind:ident $name:ident for ($($caller:ident),+): $request:ident $(as $is:ident $it:ident)?
        $({ $($(#[$meta:meta])* $field:ident: $type:ty),* $(,)? })? -> $response:ty = |$call:ident, $input:pat_param| $work:expr;
    )+) => {
        $(
            operations!(@type ($($about)+) $request $({ $($(#[$meta])* $field: $type),* })?);

            impl $crate::api::Request for $request {
                type Response = $response;
                const NAME: &'static str = stringify!($name);
                const KIND: $crate::api::Kind = operations!(@kind $kind);
                const CALLERS: &'static [$crate::api::Caller] = &[$($crate::api::Caller::$caller),+];
                const ABOUT: &'static str = concat!($($about, "\n"),+);
                const IS_SHARED: bool = !concat!("" $(, stringify!($is))?).is_empty();

                fn run(self, $call: &$crate::api::Call<'_>) -> $crate::error::Result<$response> {
                    let $input = self;
                    $work
                }
            }
        )+

        /// The operations of this file.
        pub(super) const $table: &[$crate::api::Operation] = &[$($crate::api::Operation::of::<$request>()),+];
    };
    (@type ($($about:literal)+) $request:ident { $($(#[$meta:meta])* $field:ident: $type:ty),* }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema, ts_rs::TS)]
        #[serde(deny_unknown_fields)]
        #[ts(optional_fields)]
        pub struct $request {
            $(
                $(#[$meta])*
                pub $field: $type,
            )*
        }
    };
    (@type ($($about:literal)+) $request:ident) => {};
    (@kind read) => { $crate::api::Kind::Read };
    (@kind write) => { $crate::api::Kind::Write };
    (@kind long) => { $crate::api::Kind::Long };
}
