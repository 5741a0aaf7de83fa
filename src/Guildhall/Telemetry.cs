using System.Diagnostics;

namespace Guildhall;

/// <summary>Where Guildhall's spans come from. A span costs nothing while nobody listens, and then holds no secret, body or query.</summary>
internal static class Telemetry
{
    public static readonly ActivitySource Source = new("Guildhall");
}
