//! Switches and calls.

use naga::{Expression, Function, Handle, SwitchCase, SwitchValue};

use super::lower::{Lower, Targets, Value};
use super::math;
use super::op::{Op, Two};
use crate::error::Refusal;
use crate::rewrite::internal;

impl<'a> Lower<'a> {
    pub fn switch(&mut self, selector: Handle<Expression>, cases: &'a [SwitchCase]) -> Result<(), Refusal> {
        let selector = self.value(selector)?;
        let mut entries = Vec::new();
        for case in cases {
            let bits = match case.value {
                SwitchValue::I32(value) => math::u(value),
                SwitchValue::U32(value) => value,
                SwitchValue::Default => {
                    entries.push(None);
                    continue;
                }
            };
            let value = self.frame.word(bits)?;
            let equal = self.compute(Two::Eq, selector, value)?;
            entries.push(Some((self.hole(), equal)));
        }
        let otherwise = self.hole();
        self.targets.push(Targets::default());
        let mut default = None;
        for (case, entry) in cases.iter().zip(entries) {
            let to = self.here();
            match entry {
                Some((hole, condition)) => self.ops[hole] = Op::JumpIf { condition, to },
                None => default = Some(to),
            }
            self.block(&case.body)?;
            if !case.fall_through {
                let hole = self.hole();
                self.targets
                    .last_mut()
                    .ok_or_else(|| internal("switch"))?
                    .breaks
                    .push(hole);
            }
        }
        let to = default.unwrap_or_else(|| self.here());
        self.ops[otherwise] = Op::Jump { to };
        let targets = self.targets.pop().unwrap_or_default();
        self.land(targets.breaks);
        Ok(())
    }

    pub fn call(
        &mut self,
        callee: Handle<Function>,
        arguments: &[Handle<Expression>],
        result: Option<Handle<Expression>>,
    ) -> Result<(), Refusal> {
        let layout = match self.layouts.get(&callee) {
            Some(known) => known.clone(),
            None => {
                let layout = self.make_layout(&self.module.functions[callee])?;
                self.layouts.insert(callee, layout.clone());
                layout
            }
        };
        for (argument, to) in arguments.iter().zip(&layout.arguments) {
            let width = self.width(self.inner_of(*argument))?;
            let from = self.value(*argument)?;
            self.copy(*to, from, width);
        }
        let hole = self.hole();
        self.calls.push((hole, callee));
        if let (Some(result), Some((from, width))) = (result, layout.result) {
            // The function may run again before this value is used.
            let to = self.frame.take(width)?;
            self.copy(to, from, width);
            self.values.insert(result, Value::At(to));
        }
        Ok(())
    }
}
