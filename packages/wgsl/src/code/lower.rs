//! Statements to instructions.

use std::collections::{HashMap, HashSet};

use naga::proc::TypeResolution;
use naga::valid::{FunctionInfo, ModuleInfo};
use naga::{Block, Expression, Function, GlobalVariable, Handle, Module, Statement, Type, TypeInner};

use super::constant::{builtins, constant};
use super::frame::Frame;
use super::op::{Op, Reg, Two};
use super::place::{pointee, Place};
use super::window::confined;
use super::Code;
use crate::error::Refusal;
use crate::ir::{slots, uses};
use crate::rewrite::{internal, Added};

/// What an expression became.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    /// First register of its value.
    At(Reg),
    Pointer(Place),
}

/// Registers of a function.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub arguments: Vec<Reg>,
    pub result: Option<(Reg, u32)>,
    locals: Vec<Reg>,
}

/// Jumps of a loop or switch that are not yet directed.
#[derive(Default)]
pub(super) struct Targets {
    pub breaks: Vec<usize>,
    /// `None` for a switch: `continue` belongs to the loop around it.
    continues: Option<Vec<usize>>,
}

pub(super) struct Lower<'a> {
    pub module: &'a Module,
    pub added: Added,
    pub frame: Frame,
    pub ops: Vec<Op>,
    /// The function at hand.
    pub function: &'a Function,
    pub info: &'a FunctionInfo,
    pub values: HashMap<Handle<Expression>, Value>,
    uses: HashMap<Handle<Expression>, u32>,
    /// Expressions of the last run of `Emit`s that are used up by the statement after it.
    pub confined: HashSet<Handle<Expression>>,
    /// First instruction of that run.
    fresh: usize,
    pub constants: HashMap<Handle<naga::Constant>, Reg>,
    layout: Layout,
    privates: HashMap<Handle<GlobalVariable>, Reg>,
    pub targets: Vec<Targets>,
    pub layouts: HashMap<Handle<Function>, Layout>,
    /// Calls to direct once all functions have a place.
    pub calls: Vec<(usize, Handle<Function>)>,
}

impl<'a> Lower<'a> {
    pub fn entry(module: &'a Module, infos: &'a ModuleInfo, entry: usize, added: Added) -> Result<Code, Refusal> {
        let point = &module.entry_points[entry];
        let mut lower = Self {
            module,
            added,
            frame: Frame::default(),
            ops: Vec::new(),
            function: &point.function,
            info: infos.get_entry_point(entry),
            values: HashMap::new(),
            uses: HashMap::new(),
            confined: HashSet::new(),
            fresh: 0,
            constants: HashMap::new(),
            layout: Layout {
                arguments: Vec::new(),
                result: None,
                locals: Vec::new(),
            },
            privates: HashMap::new(),
            targets: Vec::new(),
            layouts: HashMap::new(),
            calls: Vec::new(),
        };
        lower.layout = lower.make_layout(&point.function)?;
        let arguments = lower.layout.arguments.clone();
        lower.body()?;
        // Callees come after their callers here, so that all that are called are known when their turn comes.
        let mut starts = HashMap::new();
        for (handle, function) in module.functions.iter().collect::<Vec<_>>().into_iter().rev() {
            let Some(layout) = lower.layouts.remove(&handle) else {
                continue;
            };
            starts.insert(handle, lower.here());
            lower.layouts.insert(handle, layout.clone());
            (lower.layout, lower.function, lower.info) = (layout, function, &infos[handle]);
            lower.values.clear();
            lower.body()?;
        }
        for (at, callee) in std::mem::take(&mut lower.calls) {
            let to = *starts.get(&callee).ok_or_else(|| internal(callee))?;
            lower.ops[at] = Op::Call { to };
        }
        // Private variables begin anew in each invocation; which there are is known now.
        let start = lower.ops.len();
        let privates: Vec<_> = lower.privates.iter().map(|(variable, at)| (*variable, *at)).collect();
        for (handle, at) in privates {
            let variable = &module.global_variables[handle];
            let width = lower.width(&module.types[variable.ty].inner)?;
            let from = match variable.init {
                Some(init) => {
                    let values = constant(module, &module.global_expressions, init)?;
                    lower.frame.constant(&values)?
                }
                None => lower.frame.zeros(width)?,
            };
            lower.copy(at, from, width);
        }
        lower.ops.push(Op::Jump { to: 0 });
        Ok(Code {
            ops: lower.ops,
            entry: start,
            constants: lower.frame.constants,
            builtins: builtins(module, &point.function, &arguments),
            workgroup_size: point.workgroup_size[0],
        })
    }

    pub fn make_layout(&mut self, function: &Function) -> Result<Layout, Refusal> {
        let mut take = |ty: Handle<Type>| -> Result<(Reg, u32), Refusal> {
            let width = self.width(&self.module.types[ty].inner)?;
            Ok((self.frame.take(width)?, width))
        };
        let arguments = function
            .arguments
            .iter()
            .map(|a| Ok(take(a.ty)?.0))
            .collect::<Result<_, _>>()?;
        let locals = function
            .local_variables
            .iter()
            .map(|(_, v)| Ok(take(v.ty)?.0))
            .collect::<Result<_, _>>()?;
        Ok(Layout {
            arguments,
            result: function.result.as_ref().map(|r| take(r.ty)).transpose()?,
            locals,
        })
    }

    pub fn width(&self, inner: &TypeInner) -> Result<u32, Refusal> {
        slots(&self.module.types, inner).ok_or_else(|| internal(("no size", inner)))
    }

    pub fn inner_of(&self, handle: Handle<Expression>) -> &'a TypeInner {
        match &self.info[handle].ty {
            TypeResolution::Handle(ty) => &self.module.types[*ty].inner,
            TypeResolution::Value(inner) => inner,
        }
    }

    pub fn here(&self) -> u32 {
        u32::try_from(self.ops.len()).unwrap_or(u32::MAX)
    }

    pub fn copy(&mut self, to: Reg, from: Reg, width: u32) {
        match width {
            _ if to == from => {}
            1 => self.ops.push(Op::Move { to, a: from }),
            _ => self.ops.push(Op::Copy {
                to,
                from,
                count: width as u16,
            }),
        }
    }

    pub fn compute(&mut self, two: Two, a: Reg, b: Reg) -> Result<Reg, Refusal> {
        let to = self.frame.take(1)?;
        self.ops.push(Op::two(two, to, a, b));
        Ok(to)
    }

    pub fn private(&mut self, handle: Handle<GlobalVariable>) -> Result<Reg, Refusal> {
        if let Some(known) = self.privates.get(&handle) {
            return Ok(*known);
        }
        let width = self.width(&self.module.types[self.module.global_variables[handle].ty].inner)?;
        let at = self.frame.take(width)?;
        self.privates.insert(handle, at);
        Ok(at)
    }

    pub fn argument(&self, at: u32) -> Option<Reg> {
        self.layout.arguments.get(at as usize).copied()
    }

    pub fn local(&self, handle: Handle<naga::LocalVariable>) -> Option<Reg> {
        self.layout.locals.get(handle.index()).copied()
    }

    fn body(&mut self) -> Result<(), Refusal> {
        let function = self.function;
        self.uses = uses(function);
        self.confined.clear();
        for (handle, variable) in function.local_variables.iter() {
            let width = self.width(&self.module.types[variable.ty].inner)?;
            let from = match variable.init {
                Some(init) => {
                    let values = constant(self.module, &function.expressions, init)?;
                    self.frame.constant(&values)?
                }
                None => self.frame.zeros(width)?,
            };
            let to = self.local(handle).ok_or_else(|| internal(handle))?;
            self.copy(to, from, width);
        }
        self.block(&function.body)?;
        self.ops.push(Op::Return);
        Ok(())
    }

    pub fn block(&mut self, block: &'a Block) -> Result<(), Refusal> {
        let mut rest = block.iter().as_slice();
        while let Some((statement, after)) = rest.split_first() {
            if let Statement::Emit(_) = statement {
                let run = rest.iter().take_while(|s| matches!(s, Statement::Emit(_))).count();
                self.emit(&rest[..run], rest.get(run))?;
                rest = &rest[run..];
            } else {
                self.statement(statement)?;
                rest = after;
            }
        }
        Ok(())
    }

    /// A run of `Emit`s, and the statement after it.
    fn emit(&mut self, run: &[Statement], next: Option<&Statement>) -> Result<(), Refusal> {
        let ranges = run.iter().filter_map(|statement| match statement {
            Statement::Emit(range) => Some(range.clone()),
            _ => None,
        });
        let emitted: Vec<_> = ranges.flatten().collect();
        self.confined = confined(self.function, &self.uses, &emitted, next);
        self.fresh = self.ops.len();
        for handle in emitted {
            let value = self.expression(handle)?;
            self.values.insert(handle, value);
        }
        Ok(())
    }

    /// Lets the instruction that has just computed a value put it into its variable at once.
    fn redirect(&mut self, value: Handle<Expression>, from: Reg, place: Place) -> bool {
        let Place::Registers { base, index: None } = place else {
            return false;
        };
        let scalar = matches!(self.inner_of(value), TypeInner::Scalar(_));
        if !scalar
            || !self.confined.contains(&value)
            || self.uses.get(&value) != Some(&1)
            || self.ops.len() <= self.fresh
        {
            return false;
        }
        match self.ops.last_mut().and_then(Op::target) {
            Some(target) if *target == from => {
                *target = base;
                true
            }
            _ => false,
        }
    }

    /// Puts down a jump whose target is not known yet.
    pub fn hole(&mut self) -> usize {
        self.ops.push(Op::Return);
        self.ops.len() - 1
    }

    pub fn land(&mut self, holes: Vec<usize>) {
        let to = self.here();
        for at in holes {
            self.ops[at] = Op::Jump { to };
        }
    }

    fn statement(&mut self, statement: &'a Statement) -> Result<(), Refusal> {
        match statement {
            Statement::Block(block) => self.block(block)?,
            Statement::If {
                condition,
                accept,
                reject,
            } => {
                let condition = self.value(*condition)?;
                let skip = self.hole();
                self.block(accept)?;
                let done = (!reject.is_empty()).then(|| self.hole());
                let to = self.here();
                self.ops[skip] = Op::JumpUnless { condition, to };
                self.block(reject)?;
                self.land(done.into_iter().collect());
            }
            Statement::Switch { selector, cases } => self.switch(*selector, cases)?,
            Statement::Loop {
                body,
                continuing,
                break_if,
            } => {
                let start = self.here();
                self.targets.push(Targets {
                    breaks: Vec::new(),
                    continues: Some(Vec::new()),
                });
                self.block(body)?;
                let continues = self.targets.last_mut().and_then(|t| t.continues.take());
                self.land(continues.unwrap_or_default());
                self.block(continuing)?;
                match break_if {
                    Some(condition) => {
                        let condition = self.value(*condition)?;
                        self.ops.push(Op::JumpUnless { condition, to: start });
                    }
                    None => self.ops.push(Op::Jump { to: start }),
                }
                let targets = self.targets.pop().unwrap_or_default();
                self.land(targets.breaks);
            }
            Statement::Break => {
                let hole = self.hole();
                self.targets
                    .last_mut()
                    .ok_or_else(|| internal(statement))?
                    .breaks
                    .push(hole);
            }
            Statement::Continue => {
                let hole = self.hole();
                let around = self.targets.iter_mut().rev().find_map(|t| t.continues.as_mut());
                around.ok_or_else(|| internal(statement))?.push(hole);
            }
            Statement::Return { value } => {
                if let (Some(value), Some((to, width))) = (value, self.layout.result) {
                    let from = self.value(*value)?;
                    self.copy(to, from, width);
                }
                self.ops.push(Op::Return);
            }
            Statement::Store { pointer, value } => {
                let from = self.value(*value)?;
                let place = self.place(*pointer)?;
                if !self.redirect(*value, from, place) {
                    self.store(place, self.inner_of(*value), from)?;
                }
            }
            Statement::Atomic {
                pointer, fun, value, ..
            } => {
                let from = self.value(*value)?;
                let place = self.place(*pointer)?;
                match pointee(self.module, self.inner_of(*pointer)) {
                    Some(TypeInner::Atomic(scalar)) => self.atomic(place, scalar, fun, from)?,
                    other => return Err(internal(other)),
                }
            }
            Statement::Call {
                function,
                arguments,
                result,
            } => self.call(*function, arguments, *result)?,
            other => return Err(internal(other)),
        }
        Ok(())
    }
}
