using System.Net.Sockets;
using Guildhall.Api;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Guildhall.Hosting;

/// <summary>What lies beneath requests: sockets, TLS, HTTP/1.1 and HTTP/2, and what a connection may cost.</summary>
/// <remarks>docs/decisions/load.md has the sums.</remarks>
internal static class Transport
{
    /// <summary>The most bytes that wait in a connection to be looked at, and as many that wait to be sent.</summary>
    private const int MaxWaiting = 16 * 1024;

    /// <summary>HTTP/2's bodies that nobody reads yet: of one request, and of a connection.</summary>
    private const int StreamWindow = 96 * 1024;
    private const int ConnectionWindow = 128 * 1024;

    private const int MaxStreams = 100;

    /// <summary>How long what was sent may go unread altogether before the system closes a connection, whatever state it is in.</summary>
    private static readonly TimeSpan MaxStandstill = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    public static void UseTransport(this WebApplicationBuilder builder, ServerSettings settings)
    {
        builder.WebHost.UseKestrelCore().UseSockets(Limit).ConfigureKestrel(kestrel => Limit(kestrel, settings.Load)).UseUrls([.. settings.Urls]);
        builder.Services.AddSingleton(services => new Clients(services.GetRequiredService<LoadLimits>(), settings.TrustedProxies));
        builder.Services.AddSingleton<UnreadAnswers>().AddSingleton<ClientConnections>().AddSingleton<BareErrors>();
        if (settings.Certificates is { Count: > 0 } certificates)
        {
            builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https =>
            {
                https.ServerCertificate = certificates[0];
                https.ServerCertificateChain = [.. certificates.Skip(1)];
            }));
        }
    }

    private static void Limit(SocketTransportOptions sockets)
    {
        sockets.MaxReadBufferSize = MaxWaiting;
        sockets.MaxWriteBufferSize = MaxWaiting;
        sockets.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            if (OperatingSystem.IsLinux())
            {
                EndStandstill(socket);
            }

            return socket;
        };
    }

    /// <summary>Connections inherit it: TCP_USER_TIMEOUT, which .NET has no name for.</summary>
    private static void EndStandstill(Socket listener)
    {
        const int tcp = 6, userTimeout = 18;
        if (listener.ProtocolType == ProtocolType.Tcp)
        {
            listener.SetRawSocketOption(tcp, userTimeout, BitConverter.GetBytes((int)MaxStandstill.TotalMilliseconds));
        }
    }

    /// <remarks>
    /// Kestrel's limits of a request are wider than <see cref="RequestGuard"/>'s, which answers with the documented body and says more than
    /// <see cref="BareErrors"/> can.
    /// </remarks>
    private static void Limit(KestrelServerOptions kestrel, LoadLimits load)
    {
        kestrel.ConfigureEndpointDefaults(listen => listen
            .Use(kestrel.ApplicationServices.GetRequiredService<ClientConnections>().Count)
            .Use(kestrel.ApplicationServices.GetRequiredService<BareErrors>().Dress));
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = load.Connections;
        limits.MinRequestBodyDataRate = load.MinBodyRate;
        limits.MinResponseDataRate = OfConnection(load.MinAnswerRate);
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.MaxResponseBufferSize = MaxWaiting;
        limits.MaxRequestBodySize = RequestBody.MaxLength;
        limits.MaxRequestHeadersTotalSize = RequestGuard.MaxHeadersLength * 5 / 4;
        limits.MaxRequestHeaderCount = 2 * RequestGuard.MaxHeaders;
        limits.MaxRequestLineSize = RequestGuard.MaxTargetLength * 3 / 2;
        limits.MaxRequestBufferSize = 2 * RequestGuard.MaxHeadersLength;
        limits.Http2.MaxStreamsPerConnection = MaxStreams;
        limits.Http2.MaxRequestHeaderFieldSize = RequestGuard.MaxHeaderLength;
        limits.Http2.InitialStreamWindowSize = StreamWindow;
        limits.Http2.InitialConnectionWindowSize = ConnectionWindow;
    }

    /// <summary>
    /// Kestrel's own least rate, below that of <see cref="PacedAnswer"/>: it closes a connection of HTTP/2 with all its streams, and is there
    /// for what is sent when no request is at work.
    /// </summary>
    private static MinDataRate OfConnection(MinDataRate ofAnswer) => new(ofAnswer.BytesPerSecond / 2, ofAnswer.GracePeriod * 2);
}
