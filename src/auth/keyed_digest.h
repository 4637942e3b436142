#pragma once

#include "base/bytes.h"

namespace nacre::auth {

/// Digests of secrets under a key of this process, by which a secret is known again that is not
/// kept. A value that nobody else can make or compare.
class keyed_digest {
  public:
    keyed_digest();
    [[nodiscard]] bytes of(bytes_view secret) const;

  private:
    const bytes _key;
};

}  // namespace nacre::auth
