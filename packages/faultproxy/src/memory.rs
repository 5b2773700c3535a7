//! Earlier answers, by question.
use std::collections::{HashMap, VecDeque};

use crate::http::Question;

/// Answers kept of one question.
const DEPTH: usize = 32;
/// Questions kept; beyond that new ones are not remembered.
const QUESTIONS: usize = 4_096;

/// Bodies of answers, oldest first.
#[derive(Default)]
pub(crate) struct Memory(HashMap<String, VecDeque<Vec<u8>>>);

impl Memory {
    pub(crate) fn note(&mut self, question: &Question, body: &[u8]) {
        if self.0.len() >= QUESTIONS && !self.0.contains_key(&question.key) {
            return;
        }
        let answers = self.0.entry(question.key.clone()).or_default();
        if answers.back().is_some_and(|last| last == body) {
            return;
        }
        if answers.len() == DEPTH {
            answers.pop_front();
        }
        answers.push_back(body.to_vec());
    }

    /// How many different answers there are.
    pub(crate) fn count(&self, question: &Question) -> usize {
        self.0.get(&question.key).map_or(0, VecDeque::len)
    }

    /// The answer at `index`, oldest first.
    pub(crate) fn get(&self, question: &Question, index: usize) -> Option<Vec<u8>> {
        self.0.get(&question.key)?.get(index).cloned()
    }
}
