// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <cstring>
#include <memory>

/// Shared by the fuzz targets: reporting a violated property, and splitting an input. A target is one
/// `LLVMFuzzerTestOneInput()`, called by libFuzzer with generated inputs and by `replay.cpp` with the files
/// of the corpus.
namespace rookery::fuzz {

/// Prints the violated property and aborts, which libFuzzer reports as a finding.
[[noreturn]] void fail(const char *promise, const char *file, int line);

/// Evaluated in every build, unlike an assert().
#define FUZZ_REQUIRE(promise)                                                                                \
    do {                                                                                                     \
        if (!(promise))                                                                                      \
            ::rookery::fuzz::fail(#promise, __FILE__, __LINE__);                                             \
    } while (false)

/// The bytes of one input: first control bytes for the target, then the data, as sent by a peer.
class Input
{
public:
    Input(const quint8 *data, size_t size)
        : m_bytes(reinterpret_cast<const char *>(data), qsizetype(size))
    { }

    /// 0 if there are none left.
    quint8 byte()
    {
        if (m_bytes.isEmpty())
            return 0;
        const auto first = quint8(m_bytes.front());
        m_bytes = m_bytes.sliced(1);
        return first;
    }
    QByteArrayView rest() const { return m_bytes; }

private:
    QByteArrayView m_bytes;
};

/// Passes `bytes` to `take` in pieces, each in its own allocation of exactly its size, so that
/// AddressSanitizer catches reads past its end. `how`: 0 is byte by byte; otherwise the seed for the
/// positions of the splits.
template <typename Take>
void inPieces(QByteArrayView bytes, quint8 how, Take take)
{
    quint32 state = how * 2654435761u + 1;
    const quint32 longest = how == 0 ? 1 : 1u << (how % 8);
    while (!bytes.isEmpty()) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        const qsizetype size = std::min<qsizetype>(bytes.size(), 1 + state % longest);
        const auto piece = std::make_unique<char[]>(size_t(size));
        std::memcpy(piece.get(), bytes.data(), size_t(size));
        take(QByteArrayView(piece.get(), size));
        bytes = bytes.sliced(size);
    }
}

} // namespace rookery::fuzz
