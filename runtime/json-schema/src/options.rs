//! AJV's options: how many errors to report, which changes to make, how strictly to read schemas.

/// How to validate payloads. The default is that of AJV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ValidationOptions {
    /// Whether to report up to 32 violations, not only the first.
    pub all_errors: bool,
    /// Whether to fill in the schema's `default` for missing values.
    pub use_defaults: UseDefaults,
    /// Whether to convert values to the schema's `type`.
    pub coerce_types: CoerceTypes,
    /// Which properties to remove.
    pub remove_additional: RemoveAdditional,
    /// What to do about schemas with likely mistakes.
    pub strict: Strict,
}

/// AJV's `strict`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strict {
    /// What AJV does without the option: unknown keywords and keywords that are ignored are errors; types and lists of
    /// schemas that leave something open are logged.
    #[default]
    Default,
    /// All of these are errors, and so are required names that `properties` does not have.
    On,
    /// No checks.
    Off,
    /// All of these are logged.
    Log,
}

/// What to do about one kind of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Ignore,
    Log,
    Refuse,
}

impl Strict {
    /// Returns whether there are no checks.
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
    /// Defaults are ignored.
    #[default]
    Off,
    /// Missing values get their default.
    Missing,
    /// So do `null` and the empty string.
    Empty,
}

/// AJV's `coerceTypes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CoerceTypes {
    /// A value of another type is a violation.
    #[default]
    Off,
    /// Strings, numbers, booleans and `null` are converted if nothing is lost.
    Scalars,
    /// Also, a value becomes an array with one item, and such an array becomes its item.
    Array,
}

/// AJV's `removeAdditional`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RemoveAdditional {
    /// No properties.
    #[default]
    Off,
    /// Properties that `additionalProperties: false` forbids.
    Forbidden,
    /// Properties that do not match the schema in `additionalProperties`, too.
    Failing,
    /// All additional properties, in each schema with `properties` or `additionalProperties`.
    All,
}

impl ValidationOptions {
    /// Returns whether validation may change a payload.
    pub(super) fn change_payloads(&self) -> bool {
        self.use_defaults != UseDefaults::Off
            || self.coerce_types != CoerceTypes::Off
            || self.remove_additional != RemoveAdditional::Off
    }
}
