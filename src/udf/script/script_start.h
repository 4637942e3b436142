#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/bytes.h"
#include "udf/wasm/guest_image.h"

namespace nacre::udf::script {

/// What the images of all functions of a language may take together, in bytes. Any thread.
class image_budget {
  public:
    explicit image_budget(std::uint64_t bytes_max) : _left(bytes_max) {}

    /// False: there is not so much left.
    [[nodiscard]] bool take(std::uint64_t bytes) {
        auto left = _left.load();
        while (left >= bytes) {
            if (_left.compare_exchange_weak(left, left - bytes)) return true;
        }
        return false;
    }
    void give_back(std::uint64_t bytes) { _left.fetch_add(bytes); }

  private:
    std::atomic<std::uint64_t> _left;
};

/// How the instances of one function begin: the first one loads the descriptor and leaves an image
/// of its memory, the others begin from that. Any thread.
class script_start {
  public:
    script_start(bytes descriptor, std::shared_ptr<image_budget> budget)
        : _descriptor(std::move(descriptor)), _budget(std::move(budget)) {}
    ~script_start() {
        if (_image) _budget->give_back(_image->size_bytes());
    }
    script_start(const script_start&) = delete;

    [[nodiscard]] const bytes& descriptor() const { return _descriptor; }

    /// Null: load the descriptor.
    [[nodiscard]] wasm::guest_image_ptr image() const {
        const std::lock_guard lock(_mutex);
        return _image;
    }
    /// Whether the caller, who has loaded the descriptor, is the one to make the image.
    [[nodiscard]] bool wants_image() { return !_asked.exchange(true); }
    /// Null is fine. One that the budget does not hold is dropped.
    void set_image(wasm::guest_image_ptr image) {
        if (!image || !_budget->take(image->size_bytes())) return;
        const std::lock_guard lock(_mutex);
        _image = std::move(image);
    }

  private:
    const bytes _descriptor;
    const std::shared_ptr<image_budget> _budget;
    std::atomic<bool> _asked{false};
    mutable std::mutex _mutex;  // held for a pointer's copy
    wasm::guest_image_ptr _image;
};

}  // namespace nacre::udf::script
