#pragma once

namespace nacre::storage {

/// As whom a store is used, where that is for the store to judge: of one in a cluster, a user of
/// the cluster. Stores that know nobody pass it over.
class identity {
  public:
    virtual ~identity() = default;
};

}  // namespace nacre::storage
