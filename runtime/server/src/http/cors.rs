//! Which pages may talk to the server, by Socket.IO's `cors` options.

use http::{HeaderName, HeaderValue, header::ACCESS_CONTROL_EXPOSE_HEADERS};
use tower_http::{
    cors::{AllowHeaders, AllowOrigin, CorsLayer},
    set_header::SetResponseHeaderLayer,
};

use crate::options::{CorsConfig, Origins};

/// The layer that answers preflights and marks answers; none where only pages of this server count.
pub(super) fn layer(config: &CorsConfig) -> Option<CorsLayer> {
    let origin = match &config.origins {
        Origins::Same => return None,
        // With credentials a browser wants to see its own origin, not `*`.
        Origins::Any if config.credentials => AllowOrigin::mirror_request(),
        Origins::Mirror => AllowOrigin::mirror_request(),
        Origins::Any => AllowOrigin::any(),
        Origins::List(origins) => AllowOrigin::list(origins.clone()),
    };
    let headers = match config.headers.is_empty() {
        true => AllowHeaders::mirror_request(),
        false => AllowHeaders::list(config.headers.clone()),
    };
    let layer = CorsLayer::new()
        .allow_origin(origin)
        .allow_credentials(config.credentials)
        .allow_methods(config.methods.clone())
        .allow_headers(headers);
    Some(match config.max_age {
        Some(age) => layer.max_age(age),
        None => layer,
    })
}

/// The layer that says which headers pages may read; `None` if there is nothing to say. Unlike the layer above, it does so in
/// answers to preflights as well, as the npm package `cors` does.
pub(super) fn exposed_headers(config: &CorsConfig) -> Option<SetResponseHeaderLayer<HeaderValue>> {
    if config.origins == Origins::Same || config.exposed_headers.is_empty() {
        return None;
    }
    let names: Vec<_> = config
        .exposed_headers
        .iter()
        .map(HeaderName::as_str)
        .collect();
    let names = HeaderValue::try_from(names.join(",")).ok()?;
    let name = ACCESS_CONTROL_EXPOSE_HEADERS;
    Some(SetResponseHeaderLayer::overriding(name, names))
}
