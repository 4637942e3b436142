//! Bulk operations in pieces.
//!
//! `memory.fill`, `memory.copy` and `memory.init` are calls into the engine that nothing interrupts, however much
//! memory they are about. In a module that went through here none is about more than [`PIECE`] bytes: larger ones are
//! loops, in functions that are added behind the module's own, and the engine interrupts loops. Nothing else about
//! the module changes, and no index.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{BlockType, CodeSection, Function, FunctionSection, InstructionSink, Module, TypeSection, ValType};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Operator, Parser, Payload, TypeSectionReader};

/// Bytes that one operation may be about. Touching them for the first time costs some ten page faults.
pub const PIECE: i32 = 64 << 10;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operation {
    Fill { memory: u32 },
    Copy { to: u32, from: u32 },
    Init { segment: u32, memory: u32 },
}

impl Operation {
    fn of(operator: &Operator) -> Option<Operation> {
        match *operator {
            Operator::MemoryFill { mem } => Some(Operation::Fill { memory: mem }),
            Operator::MemoryCopy { dst_mem, src_mem } => Some(Operation::Copy { to: dst_mem, from: src_mem }),
            Operator::MemoryInit { data_index, mem } => Some(Operation::Init { segment: data_index, memory: mem }),
            _ => None,
        }
    }

    /// The operation itself, with its three operands on the stack.
    fn emit(self, out: &mut InstructionSink) {
        match self {
            Operation::Fill { memory } => out.memory_fill(memory),
            Operation::Copy { to, from } => out.memory_copy(to, from),
            Operation::Init { segment, memory } => out.memory_init(memory, segment),
        };
    }

    /// The memories whose bounds it must keep; the second operand is an address only of a copy.
    fn memories(self) -> (u32, Option<u32>) {
        match self {
            Operation::Fill { memory } | Operation::Init { memory, .. } => (memory, None),
            Operation::Copy { to, from } => (to, Some(from)),
        }
    }
}

const TO: u32 = 0;
const FROM: u32 = 1; // of a fill the byte
const SIZE: u32 = 2;

/// `(TO, FROM, SIZE)` moved by this much, as operands.
fn operands(out: &mut InstructionSink, by: Option<u32>, moves_from: bool) {
    for (local, moves) in [(TO, true), (FROM, moves_from)] {
        out.local_get(local);
        if let (Some(by), true) = (by, moves) {
            out.local_get(by).i32_add();
        }
    }
}

/// Leaves the function if the range that begins at `local` is not within the memory, after the operation as a whole
/// has been tried, which traps before it writes anything.
fn trap_beyond(out: &mut InstructionSink, local: u32, memory: u32, operation: Operation) {
    out.local_get(local).i64_extend_i32_u().local_get(SIZE).i64_extend_i32_u().i64_add();
    out.memory_size(memory).i64_extend_i32_u().i64_const(16).i64_shl();
    out.i64_gt_u().if_(BlockType::Empty);
    operands(out, None, true);
    out.local_get(SIZE);
    operation.emit(out);
    out.end();
}

/// The function that stands for an operation: `(param i32 i32 i32)`.
fn in_pieces(operation: Operation) -> Function {
    let mut function = Function::new([]);
    let out = &mut function.instructions();
    let (to, from) = operation.memories();
    let moves_from = !matches!(operation, Operation::Fill { .. });

    out.local_get(SIZE).i32_const(PIECE).i32_gt_u().if_(BlockType::Empty);
    trap_beyond(out, TO, to, operation);
    if let Some(from) = from {
        trap_beyond(out, FROM, from, operation);
    }
    // A copy to a higher address begins at its end, so that no piece is overwritten before it is read.
    if from.is_some() {
        out.local_get(TO).local_get(FROM).i32_gt_u().if_(BlockType::Empty);
        out.loop_(BlockType::Empty);
        out.local_get(SIZE).i32_const(PIECE).i32_sub().local_set(SIZE);
        operands(out, Some(SIZE), moves_from);
        out.i32_const(PIECE);
        operation.emit(out);
        out.local_get(SIZE).i32_const(PIECE).i32_gt_u().br_if(0);
        out.end();
        operands(out, None, moves_from);
        out.local_get(SIZE);
        operation.emit(out);
        out.return_().end();
    }
    out.loop_(BlockType::Empty);
    operands(out, None, moves_from);
    out.i32_const(PIECE);
    operation.emit(out);
    for (local, moves) in [(TO, true), (FROM, moves_from)] {
        if moves {
            out.local_get(local).i32_const(PIECE).i32_add().local_set(local);
        }
    }
    out.local_get(SIZE).i32_const(PIECE).i32_sub().local_tee(SIZE).i32_const(PIECE).i32_gt_u().br_if(0);
    out.end();
    out.end();
    operands(out, None, moves_from);
    out.local_get(SIZE);
    operation.emit(out);
    out.end();
    function
}

/// What the module has of its own, and which operations it uses.
#[derive(Default)]
struct Shape {
    types: u32,
    functions: u32,
    operations: BTreeMap<Operation, u32>, // to their places behind the module's functions
}

/// Reads a module's body, telling each operation that may be about more than a piece.
fn each_large(body: &wasmparser::FunctionBody, mut tell: impl FnMut(Operation)) -> Result<(), wasmparser::BinaryReaderError> {
    let mut size = None;
    for operator in body.get_operators_reader()? {
        let operator = operator?;
        if let Some(operation) = Operation::of(&operator).filter(|_| !is_small(size)) {
            tell(operation);
        }
        size = constant(&operator);
    }
    Ok(())
}

fn constant(operator: &Operator) -> Option<i32> {
    match *operator {
        Operator::I32Const { value } => Some(value),
        _ => None,
    }
}

/// Of an operation whose size, its last operand, is the constant just pushed.
fn is_small(size: Option<i32>) -> bool {
    size.is_some_and(|size| (0..=PIECE).contains(&size))
}

impl Shape {
    fn of(module: &[u8]) -> Result<Shape, wasmparser::BinaryReaderError> {
        let mut shape = Shape::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        shape.types += group?.types().len() as u32;
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if matches!(import?.ty, wasmparser::TypeRef::Func(_) | wasmparser::TypeRef::FuncExact(_)) {
                            shape.functions += 1;
                        }
                    }
                }
                Payload::FunctionSection(section) => shape.functions += section.count(),
                Payload::CodeSectionEntry(body) => {
                    let operations = &mut shape.operations;
                    each_large(&body, |operation| {
                        let next = operations.len() as u32;
                        operations.entry(operation).or_insert(next);
                    })?;
                }
                _ => {}
            }
        }
        Ok(shape)
    }
}

struct Rewriter {
    shape: Shape,
}

type Outcome = Result<(), reencode::Error>;

impl Reencode for Rewriter {
    type Error = std::convert::Infallible;

    fn parse_type_section(&mut self, types: &mut TypeSection, section: TypeSectionReader<'_>) -> Outcome {
        reencode::utils::parse_type_section(self, types, section)?;
        types.ty().function([ValType::I32, ValType::I32, ValType::I32], []);
        Ok(())
    }

    fn parse_function_section(&mut self, functions: &mut FunctionSection, section: FunctionSectionReader<'_>) -> Outcome {
        reencode::utils::parse_function_section(self, functions, section)?;
        for _ in &self.shape.operations {
            functions.function(self.shape.types);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: CodeSectionReader<'_>) -> Outcome {
        reencode::utils::parse_code_section(self, code, section)?;
        let mut added: Vec<_> = self.shape.operations.iter().collect();
        added.sort_by_key(|(_, place)| **place);
        for (operation, _) in added {
            code.function(&in_pieces(*operation));
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: wasmparser::FunctionBody<'_>) -> Outcome {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut size = None;
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            match Operation::of(&operator).filter(|_| !is_small(size)) {
                Some(operation) => {
                    function.instructions().call(self.shape.functions + self.shape.operations[&operation]);
                }
                None => {
                    function.instruction(&self.instruction(operator.clone())?);
                }
            }
            size = constant(&operator);
        }
        code.function(&function);
        Ok(())
    }
}

/// The module with its bulk operations in pieces; `None` if there is nothing to change, an error if it can't be read.
pub fn rewrite(module: &[u8]) -> Result<Option<Vec<u8>>, reencode::Error> {
    let shape = Shape::of(module)?;
    if shape.operations.is_empty() {
        return Ok(None);
    }
    let mut made = Module::new();
    Rewriter { shape }.parse_core_module(&mut made, Parser::new(0), module)?;
    Ok(Some(made.finish()))
}
