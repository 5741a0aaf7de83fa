using System.Diagnostics;

namespace Guildhall;

/// <summary>Where Guildhall's spans and figures come from. They cost nothing while nobody listens, and then hold no secret, body or query.</summary>
internal static class Telemetry
{
    /// <summary>Of the source of spans, and of the meter.</summary>
    public const string Name = "Guildhall";

    public static readonly ActivitySource Source = new(Name);
}
