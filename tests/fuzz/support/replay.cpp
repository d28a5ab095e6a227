// SPDX-License-Identifier: GPL-3.0-or-later
/// Runs a fuzz target over the files of its corpus, without libFuzzer and with any compiler, so that fixed
/// findings stay fixed. Each file is run as it is, and small ones also truncated everywhere and with each
/// byte changed, deterministically.

#include <QByteArray>
#include <QDir>
#include <QFile>

#include <cstdio>
#include <memory>

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size);

namespace {

/// Larger inputs are run as they are only.
constexpr qsizetype largestVaried = 400;

void run(QByteArrayView bytes)
{
    // In memory that ends where the input ends, for sanitizers to watch.
    const auto exact = std::make_unique<quint8[]>(size_t(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), exact.get());
    LLVMFuzzerTestOneInput(exact.get(), size_t(bytes.size()));
}

void runVaried(const QByteArray &bytes)
{
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        run(QByteArrayView(bytes).first(i));
        QByteArray changed = bytes;
        for (const char other :
            {char(bytes[i] ^ 0x01), char(bytes[i] ^ 0x20), char(bytes[i] ^ 0x80), '\0', '"'}) {
            changed[i] = other;
            run(changed);
        }
    }
}

} // namespace

int main(int argc, char **argv)
{
    int files = 0;
    for (int i = 1; i < argc; ++i) {
        const QDir folder(QFile::decodeName(argv[i]));
        const auto names = folder.entryList(QDir::Files, QDir::Name);
        for (const QString &name : names) {
            QFile file(folder.filePath(name));
            if (!file.open(QIODevice::ReadOnly)) {
                std::fprintf(stderr, "%s cannot be read\n", qPrintable(file.fileName()));
                return 1;
            }
            // Told before: a broken promise ends the process.
            std::printf("%s\n", qPrintable(file.fileName()));
            std::fflush(stdout);
            const QByteArray bytes = file.readAll();
            run(bytes);
            if (bytes.size() <= largestVaried)
                runVaried(bytes);
            ++files;
        }
    }
    std::printf("%d files\n", files);
    return files > 0 ? 0 : 1;
}
