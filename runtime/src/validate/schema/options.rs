//! What validating does besides saying yes or no: AJV's options of the same names.

/// How payloads are validated. By default as AJV does without options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ValidationOptions {
    /// Whether clients are told of up to 32 violations, not only of the first.
    pub all_errors: bool,
    /// Whether what is missing gets the schema's `default`.
    pub use_defaults: UseDefaults,
    /// Whether values become what the schema's `type` asks for.
    pub coerce_types: CoerceTypes,
    /// Which properties disappear that the schema does not name.
    pub remove_additional: RemoveAdditional,
}

/// AJV's `useDefaults`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UseDefaults {
    /// Defaults are documentation.
    #[default]
    Off,
    /// They are filled in for what is missing.
    Missing,
    /// And for `null` and the empty text.
    Empty,
}

/// AJV's `coerceTypes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CoerceTypes {
    /// A value of another type is a violation.
    #[default]
    Off,
    /// Texts, numbers, booleans and `null` become each other where that loses nothing.
    Scalars,
    /// And a value becomes a list of itself, and such a list its item.
    Array,
}

/// AJV's `removeAdditional`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RemoveAdditional {
    /// None.
    #[default]
    Off,
    /// Those that `additionalProperties: false` forbids.
    Forbidden,
    /// Those that `additionalProperties` is not satisfied with.
    Failing,
    /// All, wherever there are `properties` or `additionalProperties`.
    All,
}

impl ValidationOptions {
    /// Whether validating may change a payload.
    pub(super) fn change_payloads(&self) -> bool {
        self.use_defaults != UseDefaults::Off
            || self.coerce_types != CoerceTypes::Off
            || self.remove_additional != RemoveAdditional::Off
    }
}
