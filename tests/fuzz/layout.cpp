// SPDX-License-Identifier: GPL-3.0-or-later
/// A message on the screen (THREATS 16, 17): with any text and any sender name, a row is laid out, painted
/// and hit-tested within its bounds.

#include "client/timeline/layout/messagelayout.h"
#include "common/markdown/linkpolicy.h"
#include "tests/fuzz/support/fuzz.h"

#include <QApplication>
#include <QImage>
#include <QPainter>
#include <QTimeZone>

using namespace rookery;
using namespace rookery::client;
namespace fuzz = rookery::fuzz;

/// LeakSanitizer's, where the program is built with it.
extern "C" {
[[gnu::weak]] void __lsan_disable();
[[gnu::weak]] void __lsan_enable();
}

namespace {

struct Screen
{
    int argc = 1;
    char name[5] = "fuzz";
    char *argv[2] = {name, nullptr};
    QApplication application{argc, argv};
    QWidget widget;
    RowStyle style{&widget};
    QImage image{400, 300, QImage::Format_ARGB32_Premultiplied};
};

Screen &screen()
{
    static auto *const one = [] {
        if (__lsan_disable)
            __lsan_disable();
        auto *made = new Screen; // for as long as the process lives, as QApplication must
        // What Qt 6.8 keeps of a thread's fonts goes with the process, too. The first text makes it.
        QPainter(&made->image).drawText(QPoint(10, 20), QStringLiteral("a"));
        if (__lsan_enable)
            __lsan_enable();
        return made;
    }();
    return *one;
}

void clicked(const MessageLayout &layout, const RowStyle &style, const QPoint &point)
{
    const RowHit hit = layout.hit(point, style);
    FUZZ_REQUIRE(hit.position >= 0 && hit.position <= layout.text().size());
    if (hit.part == RowHit::LinkText) {
        FUZZ_REQUIRE(hit.link >= 0 && size_t(hit.link) < layout.links().size());
        const QString scheme = layout.links()[size_t(hit.link)].url.scheme();
        FUZZ_REQUIRE(scheme == QLatin1String("http") || scheme == QLatin1String("https")
            || scheme == QLatin1String("mailto"));
    }
    const auto [start, end] = layout.wordAt(hit.position);
    FUZZ_REQUIRE(start >= 0 && start <= end && end <= layout.text().size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    fuzz::Input input(data, size);
    const quint8 how = input.byte();
    const int width = 1 + input.byte() * 3;
    const qsizetype named = input.byte();
    const QString all = QString::fromUtf8(input.rest());
    const RowStyle &style = screen().style;

    TimelineItem item;
    item.seq = how & 1 ? 1 : 0;
    item.senderName = all.left(named);
    item.text = all.mid(named);
    item.timestamp = QDateTime::fromMSecsSinceEpoch((how & 2) ? 0 : 1'800'000'000'000, QTimeZone::utc());
    item.own = how & 4;
    item.delivery = Delivery(how % 3);
    if (how & 8)
        item.failure = {SendFailure::Refused, ErrorCode::Internal, all.left(40)};
    MessageLayout layout(item, {bool(how & 16), bool(how & 32), bool(how & 64)}, style);
    layout.setWidth(width, style);
    layout.setWidth(width + 7, style);
    FUZZ_REQUIRE(layout.width() == width + 7 && layout.size().height > 0);
    FUZZ_REQUIRE(layout.size().height < 40 * 60 * 300);

    const int length = int(layout.text().size());
    for (const int y :
        {-1, 0, layout.size().height / 2, layout.size().height - 1, layout.size().height + 5}) {
        for (const int x : {-5, 0, width / 3, width, width + 50})
            clicked(layout, style, {x, y});
    }
    screen().image.fill(Qt::white);
    QPainter painter(&screen().image);
    layout.paint(
        &painter, style, {how % (length + 1), length, bool(how & 1), bool(how & 2), how % 2 ? 0 : -1});
    return 0;
}
