using Guildhall.Memberships;

namespace Guildhall.Networks;

/// <summary>Gives permits for looks at nodes: a server gives so many, a command that an operator runs as many as it likes.</summary>
public interface ILooks
{
    /// <summary>A look, to be disposed when it is done; or why there is none now.</summary>
    /// <param name="nodes">As many as it may ask.</param>
    Result<NodeLook> Begin(string accountName, int nodes, CancellationToken cancellationToken);
}

/// <summary>For commands: whoever runs them waits for himself.</summary>
public sealed class UnlimitedLooks(LookLimits limits, TimeProvider clock) : ILooks
{
    public Result<NodeLook> Begin(string accountName, int nodes, CancellationToken cancellationToken) => new NodeLook(limits, clock, static () => { }, cancellationToken);
}
