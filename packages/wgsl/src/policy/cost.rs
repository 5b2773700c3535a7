//! Static cost and memory, with calls expanded: drivers inline every call, and their compilers are what hangs.

use naga::proc::TypeResolution;
use naga::valid::{FunctionInfo, ModuleInfo};
use naga::{AddressSpace, BinaryOperator, Expression, Function, Handle, MathFunction, Module, Statement, TypeInner};

use super::statements;
use crate::error::{Code, Refusal};
use crate::ir::slots;

/// Most steps of the rewritten IR of an entry point. A software adapter compiles this much in seconds.
pub(crate) const MAX_COST: u64 = 8_000;
/// Most bytes of private and function variables of an entry point, and of any single value.
pub(crate) const MAX_MEMORY: u64 = 4 << 10;

/// Steps that a load, store or atomic of one word of a buffer counts for; drivers check and address each.
const BUFFER: u64 = 12;
/// A variable that is indexed at run time lives in memory, not in registers.
const INDEXED: u64 = 4;
const DIVISION: u64 = 6;

#[derive(Clone, Copy, Default)]
struct Sum {
    cost: u64,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.cost = self.cost.saturating_add(other.cost);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// Refuses programs that are too large to compile. `module` is rewritten, `info` belongs to it.
pub(crate) fn check(module: &Module, info: &ModuleInfo) -> Result<(), Refusal> {
    let mut functions: Vec<Sum> = Vec::new();
    for (handle, function) in module.functions.iter() {
        let sum = function_sum(module, &info[handle], function, &functions)?;
        functions.push(sum);
    }
    for (at, entry) in module.entry_points.iter().enumerate() {
        let mut sum = function_sum(module, info.get_entry_point(at), &entry.function, &functions)?;
        for (_, variable) in module.global_variables.iter() {
            if variable.space == AddressSpace::Private {
                sum.bytes = sum
                    .bytes
                    .saturating_add(bytes(module, &module.types[variable.ty].inner)?);
            }
        }
        let name = &entry.name;
        if sum.cost > MAX_COST {
            let what = format!("`{name}` has {} steps with its calls, at most {MAX_COST}", sum.cost);
            return Err(Refusal::new(Code::Cost, what));
        }
        if sum.bytes > MAX_MEMORY {
            let what = format!(
                "variables of `{name}` and its calls have {} bytes, at most {MAX_MEMORY}",
                sum.bytes
            );
            return Err(Refusal::new(Code::Memory, what));
        }
    }
    Ok(())
}

fn bytes(module: &Module, inner: &TypeInner) -> Result<u64, Refusal> {
    match slots(&module.types, inner) {
        Some(slots) if u64::from(slots) * 4 <= MAX_MEMORY => Ok(u64::from(slots) * 4),
        Some(slots) => {
            let what = format!("a value has {} bytes, at most {MAX_MEMORY}", u64::from(slots) * 4);
            Err(Refusal::new(Code::Memory, what))
        }
        None => Err(Refusal::new(Code::Memory, "a value has no fixed size")),
    }
}

fn function_sum(module: &Module, info: &FunctionInfo, function: &Function, callees: &[Sum]) -> Result<Sum, Refusal> {
    let mut sum = Sum::default();
    for (_, variable) in function.local_variables.iter() {
        sum.bytes = sum
            .bytes
            .saturating_add(bytes(module, &module.types[variable.ty].inner)?);
    }
    for argument in &function.arguments {
        bytes(module, &module.types[argument.ty].inner)?;
    }
    let width =
        |handle: Handle<Expression>| -> Result<u64, Refusal> { Ok(bytes(module, inner(module, info, handle))? / 4) };
    statements(&function.body, &mut |statement, _| {
        match statement {
            Statement::Emit(range) => {
                for handle in range.clone() {
                    sum.cost = sum.cost.saturating_add(expression(module, info, function, handle)?);
                }
            }
            Statement::If { .. } | Statement::Return { .. } => sum.cost += 1,
            Statement::Switch { cases, .. } => sum.cost += 1 + cases.len() as u64,
            Statement::Loop { .. } => sum.cost += 2,
            Statement::Store { pointer, value } => {
                sum.cost = sum
                    .cost
                    .saturating_add(width(*value)? * reach(module, function, *pointer));
            }
            Statement::Atomic { .. } => sum.cost += BUFFER,
            Statement::Call { function: callee, .. } => {
                sum.cost += 2;
                sum.add(callees.get(callee.index()).copied().unwrap_or_default());
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(sum)
}

fn expression(
    module: &Module,
    info: &FunctionInfo,
    function: &Function,
    handle: Handle<Expression>,
) -> Result<u64, Refusal> {
    let width = bytes(module, inner(module, info, handle))? / 4;
    Ok(match function.expressions[handle] {
        Expression::Load { pointer } => width * reach(module, function, pointer),
        Expression::Binary {
            op: BinaryOperator::Divide | BinaryOperator::Modulo,
            ..
        } => width * DIVISION,
        Expression::Math {
            fun: MathFunction::Dot | MathFunction::Dot4I8Packed | MathFunction::Dot4U8Packed,
            ..
        } => 8,
        // Chosen among all elements of the base.
        Expression::Access { base, .. } => width + bytes(module, inner(module, info, base))? / 16,
        Expression::AccessIndex { .. } => 0,
        _ => width,
    })
}

/// Steps for each word behind a pointer.
fn reach(module: &Module, function: &Function, mut pointer: Handle<Expression>) -> u64 {
    let mut indexed = false;
    loop {
        match function.expressions[pointer] {
            Expression::Access { base, .. } => (pointer, indexed) = (base, true),
            Expression::AccessIndex { base, .. } => pointer = base,
            Expression::GlobalVariable(v) if module.global_variables[v].space != AddressSpace::Private => {
                return BUFFER
            }
            _ => return if indexed { INDEXED } else { 1 },
        }
    }
}

fn inner<'a>(module: &'a Module, info: &'a FunctionInfo, handle: Handle<Expression>) -> &'a TypeInner {
    match &info[handle].ty {
        TypeResolution::Handle(ty) => &module.types[*ty].inner,
        TypeResolution::Value(inner) => inner,
    }
}
