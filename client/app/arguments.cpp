// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/app/arguments.h"

#include "client/settings/settings.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QUrl>

namespace rookery::client {

namespace {

using namespace Qt::StringLiterals;

QString words(const char *sentence)
{
    return QCoreApplication::translate("Arguments", sentence);
}

Error wrong(const QString &sentence)
{
    return Error{ErrorCode::InvalidRequest, sentence};
}

void describe(QCommandLineParser *parser)
{
    parser->setSingleDashWordOptionMode(QCommandLineParser::ParseAsLongOptions);
    parser->setApplicationDescription(words("The desktop client of Rookery."));
    parser->addOptions({
        {u"server"_s, words("the server to log in to"), u"URL"_s},
        {u"user"_s, words("the user to log in as"), u"NAME"_s},
        {u"profile"_s, words("separate settings and messages, to run several clients side by side"),
            u"NAME"_s},
        {{u"v"_s, u"version"_s}, words("print the version")},
        {{u"h"_s, u"help"_s}, words("print this")},
    });
}

} // namespace

Result<Arguments> parseArguments(const QStringList &arguments)
{
    QCommandLineParser parser;
    describe(&parser);
    // The parser takes the first argument for the program's name.
    if (!parser.parse(QStringList{u"rookery"_s} + arguments))
        return wrong(parser.errorText());
    if (!parser.positionalArguments().isEmpty())
        return wrong(
            words("'%1' is not an argument of rookery.").arg(parser.positionalArguments().constFirst()));

    const Arguments result{parser.value(u"server"_s), parser.value(u"user"_s), parser.value(u"profile"_s),
        parser.isSet(u"version"_s), parser.isSet(u"help"_s)};
    if (parser.isSet(u"server"_s)) {
        const QUrl url(result.server.contains(u"://"_s) ? result.server : u"http://"_s + result.server,
            QUrl::StrictMode);
        if (!url.isValid() || url.host().isEmpty())
            return wrong(words("'%1' is not the address of a server; try --server http://127.0.0.1:5000.")
                             .arg(result.server));
        if (url.scheme() != u"http"_s && url.scheme() != u"https"_s)
            return wrong(words("A server's address starts with http:// or https://, not with %1://.")
                             .arg(url.scheme()));
    }
    if (parser.isSet(u"profile"_s) && !Settings::isProfileName(result.profile))
        return wrong(words("A profile's name has 1 to 32 letters, digits, '-' or '_'."));
    return result;
}

QString helpText()
{
    QCommandLineParser parser;
    describe(&parser);
    return parser.helpText();
}

} // namespace rookery::client
