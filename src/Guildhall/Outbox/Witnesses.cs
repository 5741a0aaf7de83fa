using System.Collections.Immutable;
using Guildhall.Fabric;

namespace Guildhall.Outbox;

/// <summary>Somebody else's nodes that may know a channel better than its orderers which can be reached.</summary>
/// <param name="known">None that is older counts, and by it the signatures of a newer one are judged.</param>
/// <returns>Null where there is nobody to ask.</returns>
internal delegate Task<ChannelConfiguration?> AskWitness(ChannelConfiguration known, CancellationToken cancellationToken);

/// <summary>What is done where orderers are behind.</summary>
internal static class Witnesses
{
    /// <exception cref="FabricException">What the orderers say, where no witness knows better.</exception>
    public static async Task<ChannelConfiguration> ReadAsync(
        Func<Task<ChannelConfiguration>> readOrderers, ImmutableArray<AskWitness> witnesses, ChannelConfiguration? known, CancellationToken cancellationToken)
    {
        try
        {
            return await readOrderers();
        }
        catch (FabricException problem) when (problem.Kind == FabricErrorKind.Behind)
        {
            foreach (var ask in witnesses)
            {
                if (await AskAsync(ask, known!, cancellationToken) is { } found)
                {
                    return found;
                }
            }

            throw;
        }
    }

    /// <summary>The newest that a witness knows; null where none can be asked.</summary>
    public static async Task<ChannelConfiguration?> AskAllAsync(ImmutableArray<AskWitness> witnesses, ChannelConfiguration known, CancellationToken cancellationToken)
    {
        ChannelConfiguration? newest = null;
        foreach (var ask in witnesses)
        {
            newest = await AskAsync(ask, newest ?? known, cancellationToken) ?? newest;
        }

        return newest;
    }

    /// <summary>A witness that cannot be asked, or is behind itself, says nothing.</summary>
    private static async Task<ChannelConfiguration?> AskAsync(AskWitness ask, ChannelConfiguration known, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(known, cancellationToken);
        }
        catch (Exception problem) when (problem is FabricException or OperatorException)
        {
            return null;
        }
    }
}
