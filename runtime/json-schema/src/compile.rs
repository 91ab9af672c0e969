//! From a document to a [`Program`], refusing what is malformed or dangerous.
//!
//! Schemas are compiled from a queue, one object at a time, so a hostile document cannot make
//! this recurse. Subschemas are identified by their address in the document, which makes a
//! reference and its target one node.
//!
//! Start at [`compile`]; [`keywords`] has the keywords.

mod changes;
mod keywords;

use std::collections::{HashMap, VecDeque};

use super::dialect::Dialect;
use super::document::Doc;
use super::error::SchemaError;
use super::graph;
use super::limits::{MAX_COPIES, MAX_NESTING};
use super::options::ValidationOptions;
use super::pattern::Patterns;
use super::pointer::Pointer;
use super::program::{Node, NodeId, Program, Reference};
use super::refs::{Place, Refs};
use super::strict;
use super::target::Targets;

/// Compiles a document, and returns with it what may be mistaken in it.
pub(super) fn compile(
    doc: &Doc,
    options: ValidationOptions,
) -> Result<(Program, Vec<SchemaError>), SchemaError> {
    let root = Place::root(doc);
    let dialect = Dialect::of(doc)?;
    let mut compiler = Compiler {
        options,
        dialect,
        targets: Targets::new(Refs::collect(&root)?, dialect),
        copies: 0,
        ids: HashMap::new(),
        queue: VecDeque::new(),
        places: Vec::new(),
        patterns: Patterns::new(),
    };
    compiler.node(root.clone())?;
    let mut nodes = Vec::new();
    while let Some(place) = compiler.queue.pop_front() {
        nodes.push(compiler.schema(&place)?);
    }
    let unevaluated = nodes.iter().any(Node::has_unevaluated);
    let program = Program {
        nodes,
        unevaluated,
        all_branches: compiler.dialect >= Dialect::Draft2019,
    };
    graph::check(&program, MAX_NESTING, |id| compiler.at(id))?;
    let Compiler {
        mut targets,
        dialect,
        mut patterns,
        ..
    } = compiler;
    let remarks = strict::check(&root, &mut targets, dialect, options, &mut patterns)?;
    Ok((program, remarks))
}

struct Compiler<'a> {
    options: ValidationOptions,
    dialect: Dialect,
    targets: Targets<'a>,
    /// Values that were copied into the program.
    copies: usize,
    /// Nodes by the address of their schema in the document.
    ids: HashMap<*const Doc, NodeId>,
    /// Schemas that have a number but no rules yet, in the order of their numbers.
    queue: VecDeque<Place<'a>>,
    /// Where each node is written.
    places: Vec<Pointer<'a>>,
    patterns: Patterns,
}

impl<'a> Compiler<'a> {
    /// The node of a schema; its rules follow when its turn comes.
    fn node(&mut self, place: Place<'a>) -> Result<NodeId, SchemaError> {
        if !place.doc.is_schema() {
            return Err(refused(
                &place.at,
                "a schema must be an object or a boolean",
            ));
        }
        let address = std::ptr::from_ref(place.doc);
        if let Some(id) = self.ids.get(&address) {
            return Ok(*id);
        }
        place.check_base()?;
        // At most one for each byte of the text, so this fits.
        let id = NodeId(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
        self.ids.insert(address, id);
        self.places.push(place.at.clone());
        self.queue.push_back(place);
        Ok(id)
    }

    /// Where a node is written.
    fn at(&self, id: NodeId) -> String {
        self.places
            .get(id.index())
            .map(Pointer::to_string)
            .unwrap_or_default()
    }

    /// The target of `$ref`.
    ///
    /// AJV compiles a target without references in place and names its errors after the
    /// reference; others become functions of their own, whose schema paths start at `#`.
    fn reference(&mut self, place: &Place<'a>, reference: &str) -> Result<Reference, SchemaError> {
        let target = self.targets.find(place, reference)?;
        let inline = !self.targets.has_ref(target.doc);
        let path = if inline { reference } else { "#" }.to_owned();
        Ok(Reference {
            node: self.node(target)?,
            path,
            inline,
        })
    }

    /// Counts a value of the schema that is about to be copied. One may be in another, and that in a third.
    fn copying(
        &mut self,
        place: &Place<'a>,
        name: &'a str,
        value: &Doc,
    ) -> Result<(), SchemaError> {
        self.copies += value.size();
        match self.copies > MAX_COPIES {
            true => Err(refused(
                &place.at.member(name),
                "the values of const, enum and default within each other are too many",
            )),
            false => Ok(()),
        }
    }
}

fn refused(at: &Pointer<'_>, expected: &'static str) -> SchemaError {
    SchemaError::Keyword {
        at: at.to_string(),
        expected,
    }
}
