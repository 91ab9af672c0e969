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
    /// What becomes of schemas that are probably mistaken.
    pub strict: Strict,
}

/// AJV's `strict`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strict {
    /// What AJV does without the option: unknown keywords and keywords that are ignored are errors; types and lists of
    /// schemas that leave something open are logged.
    #[default]
    Default,
    /// All of that is an error, and so are required properties that are not among the properties.
    On,
    /// Nothing is looked for.
    Off,
    /// All of that is logged.
    Log,
}

/// What becomes of one kind of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Ignore,
    Log,
    Refuse,
}

impl Strict {
    /// Whether nothing is looked for.
    pub(super) fn is_off(self) -> bool {
        self == Self::Off
    }

    /// AJV's `strictSchema`.
    pub(super) fn schema(self) -> Level {
        self.level(Level::Refuse)
    }

    /// AJV's `strictTypes`.
    pub(super) fn types(self) -> Level {
        self.level(Level::Log)
    }

    /// AJV's `strictTuples`.
    pub(super) fn tuples(self) -> Level {
        self.level(Level::Log)
    }

    /// AJV's `strictRequired`.
    pub(super) fn required(self) -> Level {
        self.level(Level::Ignore)
    }

    fn level(self, default: Level) -> Level {
        match self {
            Self::Default => default,
            Self::On => Level::Refuse,
            Self::Off => Level::Ignore,
            Self::Log => Level::Log,
        }
    }
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
