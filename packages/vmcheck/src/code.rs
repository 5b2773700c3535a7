//! What lies in a code: read from the file itself, since the VM is more lenient than this market.

use anyhow::{ensure, Context, Result};
use wasmparser::{ExternalKind, Operator, Parser, Payload, ValType};

use crate::artifacts::{Contract, CAPABILITIES};

/// The most memory a code may ask for at its start: 512 pages of 64 KiB, as the VM allows.
const MAX_PAGES: u64 = 512;
/// What every code exports besides its entry points.
const FRAME: [&str; 3] = ["allocate", "deallocate", "interface_version_8"];

/// Functions that are exported are the entry points of the table, what the VM needs, and demands that the chain meets; one memory, small
/// at its start; no arithmetic of floating point numbers anywhere, nor a value of that type.
pub fn check(contract: &Contract) -> Result<()> {
    inspect(contract, &contract.code()?).with_context(|| contract.name)
}

fn inspect(contract: &Contract, code: &[u8]) -> Result<()> {
    let mut exported: Vec<String> = vec![];
    let mut memories = 0;
    for payload in Parser::new(0).parse_all(code) {
        match payload? {
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        exported.push(export.name.into());
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory?;
                    memories += 1;
                    let pages = memory.initial;
                    ensure!(
                        pages <= MAX_PAGES,
                        "starts with {pages} pages of memory, at most {MAX_PAGES}"
                    );
                    ensure!(memory.maximum.is_none(), "bounds its memory, which the VM does itself");
                }
            }
            Payload::CodeSectionEntry(body) => {
                for local in body.get_locals_reader()? {
                    ensure!(!is_float(local?.1), "a function has a floating point variable");
                }
                for operator in body.get_operators_reader()? {
                    no_float(&operator?)?;
                }
            }
            _ => {}
        }
    }
    ensure!(memories == 1, "{memories} memories, not one");
    let (demands, mut functions): (Vec<String>, Vec<String>) =
        exported.into_iter().partition(|name| name.starts_with("requires_"));
    for demand in demands {
        let known = demand
            .strip_prefix("requires_")
            .is_some_and(|name| CAPABILITIES.contains(&name));
        ensure!(known, "{demand}: the chain need not have that");
    }
    let mut wanted: Vec<&str> = contract.entry_points.iter().chain(&FRAME).copied().collect();
    wanted.sort_unstable();
    functions.sort();
    ensure!(functions == wanted, "exports {functions:?}, should be {wanted:?}");
    Ok(())
}

fn is_float(kind: ValType) -> bool {
    matches!(kind, ValType::F32 | ValType::F64)
}

/// By the operator's name, which says what it works on (`F64Add`, `I32TruncF64S`): a list of them would miss new ones.
fn no_float(operator: &Operator) -> Result<()> {
    let text = format!("{operator:?}");
    let name = text.split([' ', '{', '(']).next().unwrap_or_default();
    ensure!(!name.contains("F32") && !name.contains("F64"), "{name}: floating point");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Contract = Contract {
        name: "plain",
        entry_points: &["execute"],
    };

    fn refusal(body: &str) -> String {
        let exports = ["execute", "allocate", "deallocate", "interface_version_8"];
        let exports: String = exports
            .iter()
            .map(|name| format!("(export \"{name}\" (func 0))"))
            .collect();
        let code = wat::parse_str(format!("(module (func) {exports} {body})")).unwrap();
        inspect(&PLAIN, &code).map_or_else(|error| error.to_string(), |()| "fine".into())
    }

    #[test]
    fn what_a_code_may_not_have_is_found() {
        let memory = "(memory 17)";
        let cases = [
            ("", "fine"),
            ("(export \"sudo\" (func 0))", "exports"),
            ("(export \"requires_iterator\" (func 0))", "fine"),
            ("(export \"requires_staking\" (func 0))", "requires_staking"),
            ("(func (drop (f64.const 1)))", "F64Const"),
            (
                "(func (param f32) (drop (i32.trunc_f32_s (local.get 0))))",
                "I32TruncF32S",
            ),
            ("(func (local f64))", "variable"),
        ];
        for (body, found) in cases {
            let text = refusal(&format!("{memory} {body}"));
            assert!(text.contains(found), "{body}: {text}");
        }
        assert!(refusal("").contains("0 memories"));
        assert!(refusal("(memory 513)").contains("513 pages"));
        assert!(refusal("(memory 17 18)").contains("bounds"));
    }
}
