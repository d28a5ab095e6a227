// SPDX-License-Identifier: GPL-3.0-or-later
// Every problem has words, in the singular and in the plural; and what a message failed for is stored as a code.

#include "client/sentences/sentences.h"

#include <QMetaEnum>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class SentencesTest : public QObject
{
    Q_OBJECT

private:
    static CertificateProblem untrusted()
    {
        CertificateProblem certificate;
        certificate.server = u"chat.example.org"_s;
        return certificate;
    }

private Q_SLOTS:
    void everyProblemHasWords()
    {
        const auto kinds = QMetaEnum::fromType<Problem::Kind>();
        QVERIFY(kinds.keyCount() > 40);
        for (int i = 0; i < kinds.keyCount(); ++i) {
            Problem problem(Problem::Kind(kinds.value(i)), u"Because."_s);
            problem.server = u"chat.example.org"_s;
            if (problem.kind == Problem::BadCertificate)
                problem = Problem::ofCertificate(untrusted());
            const QString words = inWords(problem);
            const QByteArray name = kinds.key(i);
            QVERIFY2(words.isEmpty() == (problem.kind == Problem::None), name.constData());
            QVERIFY2(words.isEmpty() || words.endsWith(u'.') || words.endsWith(u'?'), qPrintable(words));
            QVERIFY2(!words.contains(u'%'), qPrintable(words));
        }
    }

    void aRefusalWithoutWordsGetsThem()
    {
        QCOMPARE(inWords(Problem(Error{ErrorCode::Forbidden, u"Not you."_s})), u"Not you."_s);
        for (int code = 0; code <= int(ErrorCode::Internal); ++code)
            QVERIFY(inWords(Problem(Error{ErrorCode(code), {}})).endsWith(u'.'));
    }

    void everyFaultOfACertificateHasWords()
    {
        CertificateProblem certificate = untrusted();
        QStringList all;
        for (int fault = 0; fault <= int(TlsFault::Other); ++fault) {
            certificate.fault = TlsFault(fault);
            all.append(inWords(certificate));
        }
        for (int reason = 1; reason <= int(CertificateProblem::Reason::ChangedToVouched); ++reason) {
            certificate.reason = CertificateProblem::Reason(reason);
            all.append(inWords(certificate));
        }
        QCOMPARE(QSet<QString>(all.begin(), all.end()).size(), all.size());
        for (const QString &words : std::as_const(all))
            QVERIFY2(words.contains(u"chat.example.org"_s), qPrintable(words));
    }

    void numbersHaveTheirForms()
    {
        Problem longMessage(Problem::LongMessage);
        longMessage.number = 1;
        longMessage.limit = 0;
        QCOMPARE(inWords(longMessage), u"The message has 1 character; at most 0 can be sent."_s);
        longMessage.number = 4001;
        longMessage.limit = 4000;
        QCOMPARE(inWords(longMessage), u"The message has 4001 characters; at most 4000 can be sent."_s);
        QVERIFY(
            inWords(Warning{Warning::Kind::LostRoom, u"birds"_s, 1}).contains(u"birds. 1 message to it"_s));
        QVERIFY(inWords(Warning{Warning::Kind::LostRoom, {}, 3}).contains(u"a room. 3 messages to it"_s));
    }

    void warnings()
    {
        const SendFailure failure{SendFailure::Refused, ErrorCode::Forbidden, u"Not here."_s};
        QCOMPARE(inWords(Warning{Warning::Kind::NotSent, u"birds"_s, 1, failure}),
            u"A message to birds was not sent. Not here."_s);
        for (int trouble = 0; trouble <= int(CacheTrouble::DamagedAgain); ++trouble)
            QVERIFY(inWords(Warning{Warning::Kind::Cache, {}, 0, {}, CacheTrouble(trouble), u"/a/b"_s})
                        .endsWith(u'.'));
    }

    void whatAMessageFailedForIsStoredAsACode_data()
    {
        QTest::addColumn<QString>("stored");
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("words");
        QTest::newRow("nothing") << QString() << int(SendFailure::None) << int(ErrorCode::Internal)
                                 << QString();
        QTest::newRow("refused") << u"forbidden\nThis room is closed."_s << int(SendFailure::Refused)
                                 << int(ErrorCode::Forbidden) << u"This room is closed."_s;
        QTest::newRow("without words")
            << u"message_too_long"_s << int(SendFailure::Refused) << int(ErrorCode::MessageTooLong)
            << u"The server does not take a message of this size."_s;
        QTest::newRow("left") << u"not_in_room"_s << int(SendFailure::NotInRoom) << int(ErrorCode::Internal)
                              << u"You were no longer in this room."_s;
        QTest::newRow("by 0.1.0") << u"The server refused this message."_s << int(SendFailure::Sentence)
                                  << int(ErrorCode::Internal) << u"The server refused this message."_s;
    }
    void whatAMessageFailedForIsStoredAsACode()
    {
        QFETCH(QString, stored);
        const SendFailure failure = SendFailure::fromText(stored);
        QTEST(int(failure.kind), "kind");
        QTEST(int(failure.code), "code");
        QTEST(inWords(failure), "words");
        QCOMPARE(failure.toText(), stored);
    }
};

QTEST_GUILESS_MAIN(SentencesTest)
#include "tst_sentences.moc"
