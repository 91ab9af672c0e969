//! The first program: a client creates a product, and all others are told to refresh their lists. What is not a Socket.IO
//! client does the same over HTTP.

mod product;

use product::{NewProduct, Product};
use stockade_sdk::prelude::*;

struct Products;

#[controller]
impl Products {
    #[event("create product")]
    #[validate]
    fn create(ctx: &Context, product: NewProduct) -> Result<Response> {
        product.save()?;
        ctx.socket().broadcast().emit("refresh products", ())?;
        Response::ok(())
    }

    #[event("list products")]
    fn list() -> Result<Response> {
        Response::ok(Product::latest()?)
    }
}

struct Shop;

#[http_controller]
impl Shop {
    #[post("/products")]
    #[validate]
    fn create(ctx: &HttpContext, product: NewProduct) -> Result<HttpResponse> {
        let product = product.save()?;
        ctx.server().emit("refresh products", ())?;
        HttpResponse::created(product)
    }

    #[get("/products")]
    fn list() -> Result<HttpResponse> {
        HttpResponse::ok(Product::latest()?)
    }
}

stockade_sdk::serve! { Products, http = Shop }

#[cfg(test)]
mod tests;
