// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

class QObject;

namespace rookery::bus {

/// A token bucket. A full one holds as many tokens as flow in during `capacity`.
struct Bucket
{
    QString name; ///< of what is counted, and of whom; shown to nobody
    std::chrono::nanoseconds perToken{};
    std::chrono::nanoseconds capacity{}; ///< no less than perToken
};

/// Token buckets that all nodes of a database have in common. Whoever asks has an answer of their own for when
/// none comes. Thread-safe.
class Buckets
{
public:
    /// 0: a token of each was taken. Else the time until the first one that was empty has one. nullopt: nobody
    /// knows.
    using Answer = std::function<void(std::optional<std::chrono::milliseconds>)>;

    /// How long an answer takes at most.
    static constexpr std::chrono::milliseconds answerTime{200};

    Buckets() = default;
    Buckets(const Buckets &) = delete;
    Buckets &operator=(const Buckets &) = delete;
    virtual ~Buckets() = default;

    /// Takes a token of each in turn, up to the first that is empty. Answers on the thread of `context`, from
    /// its event loop, and not after that is destroyed. False: nobody can be asked now, and no answer comes.
    virtual bool take(const std::vector<Bucket> &buckets, QObject *context, Answer answer) = 0;
};

} // namespace rookery::bus
