// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/crowd/others.h"

namespace rookery::faults {

using namespace bench;
using namespace load;

Others::Others(Bench &bench)
    : DeliverySink(bench.run(), bench.crew().failures())
    , m_pacer(bench.crew().loop(0), [this](Nanos due) {
        m_sender->sendMessage(MessageTag{run(), 0, m_sent++, due}.text(size));
    })
{ }

void Others::start()
{
    m_pacer.start(now() + 50 * millisecond, Nanos(double(second) / rate));
}

} // namespace rookery::faults
