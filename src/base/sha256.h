#pragma once

#include <memory>

#include "base/bytes.h"

namespace nacre {

/// A SHA-256 digest of bytes that come in pieces.
class sha256 {
  public:
    sha256();
    sha256(sha256&&) noexcept;
    sha256& operator=(sha256&&) = delete;
    ~sha256();

    void add(bytes_view piece);
    /// The 32 bytes; once, at the end.
    [[nodiscard]] bytes finish();

  private:
    struct context;
    std::unique_ptr<context> _context;
};

}  // namespace nacre
