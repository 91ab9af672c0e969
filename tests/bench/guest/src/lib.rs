//! The events that every peer of the benchmark serves, as one would write them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stockade_sdk::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Product {
    name: String,
}

struct Products;

#[controller]
impl Products {
    #[event("create product")]
    #[validate]
    fn create(_ctx: &Context, product: Product) -> Result<Response> {
        Response::ok(product)
    }

    #[event("announce")]
    fn announce(ctx: &Context) -> Result<Response> {
        ctx.server().emit("refresh products", ())?;
        Response::ok(())
    }
}

stockade_sdk::serve!(Products);
