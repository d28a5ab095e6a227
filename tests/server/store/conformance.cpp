// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/conformance.h"

namespace storetest {

void Conformance::init()
{
    m_fixture->wipe();
    m_fixture->takeNotices();
    m_store = m_fixture->open();
    QVERIFY(m_store);
}

void Conformance::cleanup()
{
    m_store.reset();
}

void Conformance::reopen()
{
    m_store.reset();
    m_store = m_fixture->open();
    QVERIFY(m_store);
}

} // namespace storetest
