"""A C++ project of some dozens of files, heavy with templates, of which each commit changes a few."""

from collections.abc import Iterable
from pathlib import Path

HEADER = """#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

template <int Unit, int Level> struct Node {
    using Below = Node<Unit, Level - 1>;
    std::map<std::string, std::vector<std::tuple<int, Below>>> below;
    std::variant<int, std::string, std::vector<double>> value;
    std::function<int(const Below&)> weigh;
    int sum() const {
        int found = Level;
        for (const auto& [name, entries] : below) {
            std::vector<int> weights;
            for (const auto& entry : entries) weights.push_back(std::get<0>(entry) + std::get<1>(entry).sum());
            std::sort(weights.begin(), weights.end(), [](int one, int other) { return one * Unit > other; });
            for (int weight : weights) found += weight + static_cast<int>(name.size());
        }
        return found + std::visit([](const auto& held) { return static_cast<int>(sizeof held); }, value);
    }
};
template <int Unit> struct Node<Unit, 0> {
    int sum() const { return Unit; }
};
"""
UNIT = """#include "node.hpp"
int unit_{number}() {{
    Node<{number}, {levels}> node;
    node.below["{revision}"].emplace_back({number}, decltype(node)::Below{{}});
    return node.sum();
}}
"""
CMAKE = """cmake_minimum_required(VERSION 3.20)
project(measured CXX)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_FLAGS "-O1")
set(CMAKE_CXX_COMPILER_LAUNCHER ccache)
file(GLOB units unit_*.cpp)
add_executable(measured main.cpp ${units})
"""


class Project:
    """A folder of sources; a commit changes some of them."""

    def __init__(self, folder: Path, files: int, levels: int) -> None:
        self.folder, self._files, self._levels = folder, files, levels
        folder.mkdir(parents=True)
        (folder / "node.hpp").write_text(HEADER)
        (folder / "CMakeLists.txt").write_text(CMAKE)
        declared = "\n".join(f"int unit_{number}();" for number in range(files))
        called = " + ".join(f"unit_{number}()" for number in range(files))
        (folder / "main.cpp").write_text(f"{declared}\nint main() {{ return ({called}) == 7; }}\n")
        self._write(range(files), "first")

    def commit(self, revision: int, changed: int) -> None:
        """Change so many files, others each time."""
        self._write(((revision * changed + one) % self._files for one in range(changed)), f"revision {revision}")

    def _write(self, numbers: Iterable[int], revision: str) -> None:
        for number in numbers:
            text = UNIT.format(number=number, levels=self._levels, revision=revision)
            (self.folder / f"unit_{number}.cpp").write_text(text)
