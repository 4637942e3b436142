#pragma once

#include <string_view>

namespace nacre::tool {

/// One line on stderr that says what is being done, overwritten by the next and gone at the end;
/// nothing if stderr is no terminal.
class progress {
  public:
    progress();
    ~progress();
    progress(const progress&) = delete;
    void step(std::string_view what);
    void clear();

  private:
    bool _is_terminal;
    bool _is_shown = false;
};

}  // namespace nacre::tool
