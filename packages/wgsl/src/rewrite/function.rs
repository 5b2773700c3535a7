//! One function: the same statements, with fuel in loops and guards on indices and operators.

use std::collections::HashMap;

use naga::proc::TypeResolution;
use naga::valid::FunctionInfo;
use naga::{
    BinaryOperator, Block, Expression, Function, Handle, LocalVariable, MathFunction, Module, Span, Statement,
    SwitchCase, Type, TypeInner, UniqueArena,
};

use super::emit::Emit;
use super::{internal, operator, Added, FAULT_FUEL};
use crate::error::Refusal;
use crate::ir::map_operands;

/// State of the rewriting of one function.
pub(super) struct Rewriter<'a, 'f> {
    pub module: &'a Module,
    pub info: &'a FunctionInfo,
    pub old: &'a Function,
    pub types: &'a mut UniqueArena<Type>,
    pub added: Added,
    /// Which functions burn fuel.
    pub fuelled: &'a [bool],
    pub out: Emit<'f>,
    pub locals: &'f mut naga::Arena<LocalVariable>,
    /// Old handle -> new handle.
    pub map: HashMap<Handle<Expression>, Handle<Expression>>,
    /// Old pointer -> new expression that says whether its indices were in bounds; absent where they cannot fail.
    pub guards: HashMap<Handle<Expression>, Handle<Expression>>,
    /// Variable for composite values that are read under a guard, by type.
    pub scratch: HashMap<Handle<Type>, Handle<Expression>>,
    uses_fuel: bool,
}

/// The rewritten function, and whether it burns fuel, itself or by a call.
pub(super) fn rewrite(
    module: &Module,
    info: &FunctionInfo,
    old: &Function,
    types: &mut UniqueArena<Type>,
    added: Added,
    fuelled: &[bool],
) -> Result<(Function, bool), Refusal> {
    let mut new = Function {
        name: old.name.clone(),
        arguments: old.arguments.clone(),
        result: old.result.clone(),
        ..Function::default()
    };
    let mut locals = naga::Arena::new();
    let mut rewriter = Rewriter {
        module,
        info,
        old,
        types,
        added,
        fuelled,
        out: Emit::new(&mut new.expressions),
        locals: &mut locals,
        map: HashMap::new(),
        guards: HashMap::new(),
        scratch: HashMap::new(),
        uses_fuel: false,
    };
    rewriter.locals()?;
    for (handle, expression) in old.expressions.iter() {
        if expression.needs_pre_emit() {
            let new = rewriter.out.pre(expression.clone());
            rewriter.map.insert(handle, new);
        }
    }
    rewriter.block(&old.body)?;
    let uses_fuel = rewriter.uses_fuel;
    new.body = rewriter.out.finish();
    new.local_variables = locals;
    Ok((new, uses_fuel))
}

impl Rewriter<'_, '_> {
    /// Local variables keep their handles; their initial values, constants, are copied.
    fn locals(&mut self) -> Result<(), Refusal> {
        let old = self.old;
        for (_, variable) in old.local_variables.iter() {
            let init = variable.init.map(|init| self.constant(init)).transpose()?;
            let copy = LocalVariable {
                init,
                ..variable.clone()
            };
            self.locals.append(copy, Span::UNDEFINED);
        }
        Ok(())
    }

    fn constant(&mut self, handle: Handle<Expression>) -> Result<Handle<Expression>, Refusal> {
        if let Some(known) = self.map.get(&handle) {
            return Ok(*known);
        }
        let mut copy = self.old.expressions[handle].clone();
        let mut operands = Vec::new();
        crate::ir::operands(&copy, |operand| operands.push(operand));
        let mut mapped = HashMap::new();
        for operand in operands {
            mapped.insert(operand, self.constant(operand)?);
        }
        map_operands(&mut copy, |operand| mapped.get(&operand).copied().unwrap_or(operand));
        let new = self.out.push(copy);
        self.map.insert(handle, new);
        Ok(new)
    }

    fn block(&mut self, block: &Block) -> Result<(), Refusal> {
        block.iter().try_for_each(|statement| self.statement(statement))
    }

    /// A block of its own.
    fn inner(&mut self, block: &Block) -> Result<Block, Refusal> {
        self.inner_after(block, |_| {})
    }

    fn inner_after(&mut self, block: &Block, first: impl FnOnce(&mut Self)) -> Result<Block, Refusal> {
        let outer = self.out.open();
        first(self);
        let done = self.block(block);
        let inner = self.out.close(outer);
        done.map(|()| inner)
    }

    pub fn mapped(&self, handle: Handle<Expression>) -> Result<Handle<Expression>, Refusal> {
        let missing = || internal(("expression used before it is evaluated", handle));
        self.map.get(&handle).copied().ok_or_else(missing)
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Refusal> {
        let new = match statement {
            Statement::Emit(range) => {
                for handle in range.clone() {
                    // A constant that a local variable begins with is there already.
                    if !self.map.contains_key(&handle) {
                        let new = self.expression(handle)?;
                        self.map.insert(handle, new);
                    }
                }
                return Ok(());
            }
            Statement::Block(block) => Statement::Block(self.inner(block)?),
            Statement::If {
                condition,
                accept,
                reject,
            } => Statement::If {
                condition: self.mapped(*condition)?,
                accept: self.inner(accept)?,
                reject: self.inner(reject)?,
            },
            Statement::Switch { selector, cases } => Statement::Switch {
                selector: self.mapped(*selector)?,
                cases: cases.iter().map(|case| self.case(case)).collect::<Result<_, _>>()?,
            },
            Statement::Loop {
                body,
                continuing,
                break_if,
            } => {
                self.uses_fuel = true;
                let body = self.inner_after(body, Self::burn)?;
                // Names of the body are known in `continuing`, and those of both in `break_if`.
                let continuing = self.inner(continuing)?;
                let break_if = break_if.map(|condition| self.mapped(condition)).transpose()?;
                Statement::Loop {
                    body,
                    continuing,
                    break_if,
                }
            }
            Statement::Break => Statement::Break,
            Statement::Continue => Statement::Continue,
            Statement::Return { value } => Statement::Return {
                value: value.map(|value| self.mapped(value)).transpose()?,
            },
            Statement::Store { pointer, value } => {
                let store = Statement::Store {
                    pointer: self.mapped(*pointer)?,
                    value: self.mapped(*value)?,
                };
                return self.guarded(*pointer, store);
            }
            Statement::Atomic {
                pointer, fun, value, ..
            } => {
                let atomic = Statement::Atomic {
                    pointer: self.mapped(*pointer)?,
                    fun: *fun,
                    value: self.mapped(*value)?,
                    // Admission made sure that nothing uses it.
                    result: None,
                };
                return self.guarded(*pointer, atomic);
            }
            Statement::Call {
                function,
                arguments,
                result,
            } => {
                self.uses_fuel |= self.fuelled.get(function.index()).copied().unwrap_or_default();
                let arguments = arguments.iter().map(|a| self.mapped(*a)).collect::<Result<_, _>>()?;
                let new = result.map(|_| self.out.pre(Expression::CallResult(*function)));
                self.map.extend(result.zip(new));
                Statement::Call {
                    function: *function,
                    arguments,
                    result: new,
                }
            }
            other => return Err(internal(other)),
        };
        self.out.statement(new);
        Ok(())
    }

    fn case(&mut self, case: &SwitchCase) -> Result<SwitchCase, Refusal> {
        Ok(SwitchCase {
            value: case.value,
            body: self.inner(&case.body)?,
            fall_through: case.fall_through,
        })
    }

    /// A write through a pointer happens only if its indices are in bounds.
    fn guarded(&mut self, pointer: Handle<Expression>, write: Statement) -> Result<(), Refusal> {
        match self.guards.get(&pointer) {
            Some(guard) => self.out.when(*guard, |out| out.statement(write)),
            None => self.out.statement(write),
        }
        Ok(())
    }

    /// `if fuel == 0 { fault |= FAULT_FUEL; break } fuel -= 1`.
    fn burn(&mut self) {
        let out = &mut self.out;
        let (zero, one) = (out.word(0), out.word(1));
        let pointer = out.global(self.added.fuel);
        let fuel = out.push(Expression::Load { pointer });
        let empty = out.binary(BinaryOperator::Equal, fuel, zero);
        let fault = out.global(self.added.fault);
        let bit = out.word(FAULT_FUEL);
        out.when(empty, |out| {
            let before = out.push(Expression::Load { pointer: fault });
            let value = out.binary(BinaryOperator::InclusiveOr, before, bit);
            out.statement(Statement::Store { pointer: fault, value });
            out.statement(Statement::Break);
        });
        let value = out.binary(BinaryOperator::Subtract, fuel, one);
        out.statement(Statement::Store { pointer, value });
    }

    fn expression(&mut self, handle: Handle<Expression>) -> Result<Handle<Expression>, Refusal> {
        match self.old.expressions[handle] {
            Expression::Access { base, index } => {
                let index = self.unsigned(index)?;
                self.index(handle, base, index)
            }
            Expression::AccessIndex { base, index } if self.is_open(base) => {
                let index = self.out.word(index);
                self.index(handle, base, index)
            }
            Expression::AccessIndex { base, .. } => {
                let guard = self.guards.get(&base).copied();
                self.guards.extend(guard.map(|guard| (handle, guard)));
                self.copy(handle)
            }
            Expression::Load { pointer } => match self.guards.get(&pointer).copied() {
                Some(guard) => {
                    let pointer = self.mapped(pointer)?;
                    self.read(handle, guard, Expression::Load { pointer })
                }
                None => self.copy(handle),
            },
            Expression::Binary { op, left, right } => operator::binary(self, op, left, right),
            // `clamp` of integers is defined as this, whatever the order of the bounds.
            Expression::Math {
                fun: MathFunction::Clamp,
                arg,
                arg1: Some(low),
                arg2: Some(high),
                ..
            } => {
                let (arg, low, high) = (self.mapped(arg)?, self.mapped(low)?, self.mapped(high)?);
                let raised = self.math(MathFunction::Max, arg, low);
                Ok(self.math(MathFunction::Min, raised, high))
            }
            _ => self.copy(handle),
        }
    }

    fn math(&mut self, fun: MathFunction, left: Handle<Expression>, right: Handle<Expression>) -> Handle<Expression> {
        self.out.push(Expression::Math {
            fun,
            arg: left,
            arg1: Some(right),
            arg2: None,
            arg3: None,
        })
    }

    fn copy(&mut self, handle: Handle<Expression>) -> Result<Handle<Expression>, Refusal> {
        let mut copy = self.old.expressions[handle].clone();
        let mut missing = None;
        let map = &self.map;
        map_operands(&mut copy, |operand| match map.get(&operand) {
            Some(new) => *new,
            None => {
                missing = Some(operand);
                operand
            }
        });
        match missing {
            Some(operand) => Err(internal(("operand is not evaluated", operand))),
            None => Ok(self.out.push(copy)),
        }
    }

    /// Type of an old expression.
    pub fn inner_of(&self, handle: Handle<Expression>) -> &TypeInner {
        match &self.info[handle].ty {
            TypeResolution::Handle(ty) => &self.module.types[*ty].inner,
            TypeResolution::Value(inner) => inner,
        }
    }

    /// Type of an old expression, as a type of the new module.
    pub fn type_of(&mut self, handle: Handle<Expression>) -> Handle<Type> {
        match &self.info[handle].ty {
            TypeResolution::Handle(ty) => *ty,
            TypeResolution::Value(inner) => {
                let ty = Type {
                    name: None,
                    inner: inner.clone(),
                };
                self.types.insert(ty, Span::UNDEFINED)
            }
        }
    }
}
