//! The first program: a client creates a product, and all others are told to refresh their lists.

use schemars::JsonSchema;
use serde::Deserialize;
use stockade_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewProduct {
    name: String,
}

struct Products;

#[controller]
impl Products {
    #[event("create product")]
    #[validate]
    fn create(ctx: &Context, product: NewProduct) -> Result<Response> {
        let _name = product.name; // A real shop would keep the product here.
        ctx.socket().broadcast().emit("refresh products", ())?;
        Response::ok(())
    }
}

stockade_sdk::serve!(Products);

#[cfg(test)]
mod tests;
