#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "data/column_vector.h"
#include "input.h"
#include "udf/batch_codec.h"

namespace nacre::fuzz {

/// A guest's memory at the moment when the host looks for results: what the host wrote, and what
/// the guest made of it. Of exactly its size on the heap, so that a byte beside it is noticed.
class guest_image {
  public:
    explicit guest_image(std::size_t size)
        : _size(size), _memory(std::make_unique<std::uint8_t[]>(size)) {}

    [[nodiscard]] udf::wasm::guest_memory memory() const {
        return udf::wasm::guest_memory({_memory.get(), _size});
    }
    [[nodiscard]] std::size_t size() const { return _size; }
    [[nodiscard]] std::span<std::uint8_t> contents() const { return {_memory.get(), _size}; }

  private:
    std::size_t _size;
    std::unique_ptr<std::uint8_t[]> _memory;
};

/// A batch of some arguments and where it lies.
struct written_batch {
    std::vector<data::column_vector> arguments;
    std::vector<std::uint32_t> rows;
    types::type_ptr result_type;
    guest_image image{0};
    std::uint32_t address = 0;
    std::uint32_t row_count = 0;  ///< of the batch, which may be less than `rows` has
};

/// Columns of random types, laid out by the host.
[[nodiscard]] written_batch draw_batch(input& in);

/// Where the descriptor of argument `k` is; the result's is the one after the last argument's.
[[nodiscard]] std::uint32_t descriptor_at(const written_batch& batch, std::size_t k);

/// A guest that answers with argument `k` as it got it.
void answer_with_argument(written_batch& batch, std::size_t k);

/// A guest that writes what it likes where it likes.
void scribble(input& in, written_batch& batch);

}  // namespace nacre::fuzz
