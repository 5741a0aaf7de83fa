using System.Net;
using System.Security.Cryptography.X509Certificates;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Outbox;
using Guildhall.Services;

namespace Guildhall.Hosting;

/// <summary>What a server needs to know to start; read and validated by the command that starts it.</summary>
public sealed record ServerSettings
{
    /// <summary>Where it listens: <c>http://</c> or <c>https://</c>, host and port; port 0 takes a free one.</summary>
    public required IReadOnlyList<string> Urls { get; init; }

    public Limits Limits { get; init; } = new();

    /// <summary>What a tenant may take of what lasts; whatever it likes, where nobody says otherwise.</summary>
    public Quotas Quotas { get; init; } = Quotas.None;

    public LoadLimits Load { get; init; } = new();

    public WireOptions Wire { get; init; } = new();

    /// <summary>What <c>https://</c> addresses are served with: the server's own certificate with its key first, then its issuers.</summary>
    public X509Certificate2Collection? Certificates { get; init; }

    /// <summary>Where the private keys of attached services are.</summary>
    public NetworkSettings Fabric { get; init; } = NetworkSettings.None;

    /// <summary>Who manages accounts in the console.</summary>
    public Operators Operators { get; init; } = Operators.None;

    /// <summary>How many looks at the nodes of tenants' networks there may be.</summary>
    public LookLimits Looks { get; init; } = new();

    /// <summary>How often attached channels are held against the register.</summary>
    public WatchSettings Watch { get; init; } = WatchSettings.Never;

    /// <summary>From where <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed; nowhere by default.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>How long requests in flight may take to finish when the service stops.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
