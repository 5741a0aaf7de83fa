using Guildhall.Services;

namespace Guildhall.Hosting;

/// <summary>What a server needs to know to start; read and validated by the command that starts it.</summary>
public sealed record ServerSettings
{
    /// <summary>Where it listens: <c>http://</c> or <c>https://</c>, host and port; port 0 takes a free one.</summary>
    public required IReadOnlyList<string> Urls { get; init; }

    public Limits Limits { get; init; } = new();

    public WireOptions Wire { get; init; } = new();
}
