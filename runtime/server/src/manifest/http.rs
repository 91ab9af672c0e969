//! The HTTP side of a manifest: which requests go to which handler.

use std::{collections::BTreeMap, fmt};

use super::{
    Checked, GuestFunction, MAX_HOOK_NAMES, MAX_ROUTES, MAX_SCHEMAS, MAX_STEPS, ManifestError,
    Step, accepted, compile, first_user, function::HookNames,
};
use stockade_json_schema::ValidationOptions;
use stockade_sandbox::host::MAX_NAME;
use stockade_text::shorten;

/// All routes of a component's HTTP controllers.
pub struct HttpApi {
    /// From a path's pattern to its place in `paths`.
    router: matchit::Router<usize>,
    paths: Vec<Methods>,
    /// Whether thrown errors go through the guest's `handle-error`.
    pub handle_error: bool,
}

/// The routes of one path, by method.
type Methods = BTreeMap<String, HttpRoute>;

/// The way of one kind of request.
#[derive(Debug)]
pub struct HttpRoute {
    /// The method and the path as the component wrote it, such as `POST /users/:id`.
    pub name: String,
    /// What runs before the handler.
    pub steps: Vec<Step>,
    /// What `handle-request` gets.
    pub handler: GuestFunction,
}

/// What there is for a request.
#[derive(Debug)]
pub enum Found<'a> {
    /// A route, and the parameters of the path, not decoded.
    Route(&'a HttpRoute, Vec<(String, String)>),
    /// The path has routes, of these methods only.
    OtherMethods(String),
    /// Nothing.
    Nothing,
}

impl HttpApi {
    /// Checks `manifest` and compiles its schemas.
    ///
    /// # Errors
    /// Every reason for which it is refused.
    pub fn new(
        manifest: stockade_sandbox::HttpManifest,
        validation: ValidationOptions,
    ) -> Result<Self, Vec<ManifestError>> {
        let mut reasons = Vec::new();
        let steps = manifest.routes.iter().map(|route| route.steps.len());
        for (what, count, limit) in [
            ("routes", manifest.routes.len(), MAX_ROUTES),
            ("steps in one route", steps.max().unwrap_or(0), MAX_STEPS),
            ("schemas", manifest.schemas.len(), MAX_SCHEMAS),
            ("names of hooks", manifest.hook_names.len(), MAX_HOOK_NAMES),
        ] {
            if count > limit {
                reasons.push(ManifestError::TooMany { what, count, limit });
            }
        }
        accepted(std::mem::take(&mut reasons))?;
        let routes = || {
            let routes = manifest.routes.iter();
            routes.map(|route| (route.steps.as_slice(), route))
        };
        let user = |index| {
            first_user(index, routes(), |route| {
                let name = format!("{} {}", route.http_method, route.path);
                format!("route {:?}", shorten(&name))
            })
        };
        let checked = Checked {
            schemas: compile(manifest.schemas, validation, &mut reasons, user),
            hooks: HookNames::new(&manifest.hook_names),
        };
        let mut paths: BTreeMap<String, Methods> = BTreeMap::new();
        for route in manifest.routes {
            let name = format!("{} {}", route.http_method, route.path);
            let place = || format!("route {:?}", shorten(&name));
            let steps = route.steps.iter();
            let steps = steps.filter_map(|step| Step::new(step, &checked, &mut reasons, place));
            let steps = steps.collect();
            let method = &route.http_method;
            let valid = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
            let Some(pattern) = pattern(&route.path).filter(|_| valid) else {
                let route = shorten(&name);
                reasons.push(ManifestError::HttpRoute { route });
                continue;
            };
            let methods = paths.entry(pattern).or_default();
            let route_of_method = HttpRoute {
                name,
                steps,
                handler: GuestFunction::handler(route.handler, &route.handler_name),
            };
            if let Some(twice) = methods.insert(route.http_method, route_of_method) {
                let route = shorten(&twice.name);
                reasons.push(ManifestError::DuplicateRoute { route });
            }
        }
        let mut router = matchit::Router::new();
        for (index, (pattern, methods)) in paths.iter().enumerate() {
            if router.insert(pattern, index).is_err() {
                let names = methods.values().map(|route| shorten(&route.name));
                reasons.extend(names.map(|route| ManifestError::DuplicateRoute { route }));
            }
        }
        accepted(reasons)?;
        Ok(Self {
            router,
            paths: paths.into_values().collect(),
            handle_error: manifest.handle_error,
        })
    }

    /// What there is for `method` and `path`.
    pub fn find(&self, method: &str, path: &str) -> Found<'_> {
        let Ok(matched) = self.router.at(path) else {
            return Found::Nothing;
        };
        let Some(methods) = self.paths.get(*matched.value) else {
            return Found::Nothing;
        };
        let head = || methods.get("GET").filter(|_| method == "HEAD");
        match methods.get(method).or_else(head) {
            Some(route) => {
                let params = matched.params.iter();
                let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
                Found::Route(route, params.collect())
            }
            None => {
                let names: Vec<_> = methods.keys().map(String::as_str).collect();
                Found::OtherMethods(names.join(", "))
            }
        }
    }

    /// All routes, ordered by path and method.
    pub fn routes(&self) -> impl Iterator<Item = &HttpRoute> {
        self.paths.iter().flat_map(BTreeMap::values)
    }
}

impl fmt::Debug for HttpApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpApi").finish_non_exhaustive()
    }
}

/// The path as the router has it: `:name` is `{name}`, `*name` is `{*name}`. None where it breaks a rule.
fn pattern(path: &str) -> Option<String> {
    let rest = path.strip_prefix('/')?;
    if path.len() > MAX_NAME || path.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let mut pattern = String::new();
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        pattern.push('/');
        let named = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        match segment.as_bytes().first() {
            Some(b':') => {
                let name = segment.get(1..).filter(|name| named(name))?;
                pattern.push_str(&format!("{{{name}}}"));
            }
            Some(b'*') => {
                let name = segment.get(1..).filter(|name| named(name))?;
                if segments.peek().is_some() {
                    return None;
                }
                pattern.push_str(&format!("{{*{name}}}"));
            }
            // Braces are the router's own.
            _ => pattern.push_str(&segment.replace('{', "{{").replace('}', "}}")),
        }
    }
    Some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_names_whole_segments() {
        for (path, expected) in [
            ("/", Some("/")),
            ("/users", Some("/users")),
            ("/users/:id/posts/:post", Some("/users/{id}/posts/{post}")),
            ("/files/*rest", Some("/files/{*rest}")),
            ("/a{b}", Some("/a{{b}}")),
            ("users", None),
            ("", None),
            ("/:", None),
            ("/:a-b", None),
            ("/*rest/more", None),
            ("/a b", None),
        ] {
            assert_eq!(pattern(path).as_deref(), expected, "{path}");
        }
    }
}
