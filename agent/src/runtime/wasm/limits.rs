//! How much there may be to compile. Code generation takes far more than linear time in the loops and the size of one
//! function: 300 KB of loops in 15 functions hold the engine for 18 seconds. These limits are part of wasm/1, so that a
//! module that is too much for one machine is refused by all.

use wasmparser::{FunctionBody, Operator, Parser, Payload};

use crate::runtime::RuntimeError;

/// Functions of a module.
const FUNCTIONS: u64 = 20_000;
/// Bytes of all function bodies together.
const CODE_BYTES: u64 = 2 << 20;
/// Bytes of one function body.
const BODY_BYTES: u64 = 128 << 10;
/// Loops, branches and calls of one function: what ends a basic block.
const EDGES: u64 = 8_192;
/// Loops of one function, and of all together.
const LOOPS: u64 = 512;
const ALL_LOOPS: u64 = 10_000;
/// Local variables of one function, parameters not counted.
const LOCALS: u64 = 1_024;

/// Refuses a valid module that would take long to compile.
pub fn check(module: &[u8]) -> Result<(), RuntimeError> {
    let (mut functions, mut code, mut loops) = (0, 0, 0);
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CodeSectionEntry(body) = payload.map_err(invalid)? {
            functions += 1;
            code += body.range().len() as u64;
            within("the number of functions", functions, FUNCTIONS)?;
            within("the size of all functions in bytes", code, CODE_BYTES)?;
            loops += function(&body)?;
            within("the number of loops", loops, ALL_LOOPS)?;
        }
    }
    Ok(())
}

/// Checks one function; the number of its loops.
fn function(body: &FunctionBody<'_>) -> Result<u64, RuntimeError> {
    within("the size of a function in bytes", body.range().len() as u64, BODY_BYTES)?;
    let mut locals = 0;
    for group in body.get_locals_reader().map_err(invalid)? {
        locals += u64::from(group.map_err(invalid)?.0);
        within("the number of variables of a function", locals, LOCALS)?;
    }
    let (mut edges, mut loops) = (0, 0);
    for operator in body.get_operators_reader().map_err(invalid)? {
        let (more_edges, more_loops) = match operator.map_err(invalid)? {
            Operator::Loop { .. } => (1, 1),
            Operator::BrTable { targets } => (u64::from(targets.len()) + 1, 0),
            Operator::If { .. }
            | Operator::Else
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::Return
            | Operator::Call { .. }
            | Operator::CallIndirect { .. } => (1, 0),
            _ => (0, 0),
        };
        edges += more_edges;
        loops += more_loops;
    }
    within("the number of branches and calls of a function", edges, EDGES)?;
    within("the number of loops of a function", loops, LOOPS)?;
    Ok(loops)
}

fn within(what: &str, value: u64, cap: u64) -> Result<(), RuntimeError> {
    if value <= cap {
        return Ok(());
    }
    Err(RuntimeError::TooComplex {
        what: what.into(),
        value,
        cap,
    })
}

fn invalid(e: wasmparser::BinaryReaderError) -> RuntimeError {
    RuntimeError::InvalidModule { reason: e.to_string() }
}
