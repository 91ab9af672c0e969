//! Products, as they are stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stockade_sdk::{Result, store};

/// How many products a list has at most.
const LATEST: usize = 100;

// What a client says of a product. A doc comment would become part of the schema.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProduct {
    pub(crate) name: String,
}

/// A product that has been saved.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Product {
    pub(crate) id: u64,
    pub(crate) name: String,
}

impl NewProduct {
    /// Gives it the next id, and saves it.
    pub(crate) fn save(self) -> Result<Product> {
        let id = store::open("counters")?.increment("products", 1)?;
        let product = Product {
            id: id.unsigned_abs(),
            name: self.name,
        };
        store::open("products")?.set(&product.id.to_string(), &product)?;
        Ok(product)
    }
}

impl Product {
    /// The products saved last, the newest first.
    pub(crate) fn latest() -> Result<Vec<Self>> {
        let last: u64 = store::open("counters")?
            .get("products")?
            .unwrap_or_default();
        let ids = (1..=last).rev().take(LATEST);
        let products = store::open("products")?.get_many(ids.map(|id| id.to_string()))?;
        // One that has its id already may not have been saved yet.
        Ok(products.into_iter().flatten().collect())
    }
}
