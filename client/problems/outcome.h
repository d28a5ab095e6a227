// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"
#include "common/result.h"

#include <cassert>
#include <utility>
#include <variant>

namespace rookery::client {

/// A value or a Problem: Result for what can also go wrong on this side. Reading the side that is not there is
/// a programming error and asserts.
template <typename T>
class [[nodiscard]] Outcome
{
public:
    Outcome(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    { }
    Outcome(Problem problem)
        : m_state(std::in_place_index<1>, std::move(problem))
    { }
    Outcome(const Error &error)
        : Outcome(Problem(error))
    { }

    bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }

    const T &value() const &
    {
        assert(ok());
        return *std::get_if<0>(&m_state);
    }
    T &value() &
    {
        assert(ok());
        return *std::get_if<0>(&m_state);
    }
    T &&value() &&
    {
        assert(ok());
        return std::move(*std::get_if<0>(&m_state));
    }
    const T &operator*() const & { return value(); }
    T &operator*() & { return value(); }
    const T *operator->() const { return &value(); }
    T *operator->() { return &value(); }

    const Problem &error() const
    {
        assert(!ok());
        return *std::get_if<1>(&m_state);
    }

private:
    std::variant<T, Problem> m_state;
};

} // namespace rookery::client
