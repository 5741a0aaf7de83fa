using System.Text.Json;
using Guildhall.Memberships;
using Guildhall.Outbox;
using Guildhall.Storage;

namespace Guildhall.Demo;

/// <summary>Keeps the trouble that the emulated network was given: a network does not recover because the register is restarted.</summary>
internal sealed class DemoNetwork(Store store, EmulatedNetwork network, TimeProvider clock)
{
    private const string Setting = "demo.network";

    /// <summary>The trouble of all channels that have none of their own first, then of each that has.</summary>
    public NetworkState State => new(
        [ChannelTrouble.Of("", network[""]), .. network.All.Where(one => one.Key.Length > 0).OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => ChannelTrouble.Of(one.Key, one.Value))]);

    /// <summary>Gives the network the trouble that the store remembers.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(session => session.FindSettingAsync(Setting, cancellationToken), cancellationToken) is { } json)
        {
            foreach (var channel in JsonSerializer.Deserialize(json, DemoJson.Plain.NetworkState)!.Channels)
            {
                network[channel.ChannelName ?? ""] = channel.ToTrouble();
            }
        }
    }

    /// <summary>Takes effect at once, also on work that waits for its next attempt.</summary>
    public async Task SetAsync(ChannelTrouble channel, CancellationToken cancellationToken)
    {
        network[channel.ChannelName ?? ""] = channel.ToTrouble();
        _ = await store.WriteOwnAsync(
            async transaction =>
            {
                await transaction.SaveSettingAsync(Setting, JsonSerializer.Serialize(State, DemoJson.Plain.NetworkState), cancellationToken);
                await transaction.MakeDueAsync(clock.GetUtcNow(), cancellationToken);
                return new Done();
            },
            cancellationToken);
    }
}

/// <summary>What <c>/demo/network</c> shows.</summary>
internal sealed record NetworkState(IReadOnlyList<ChannelTrouble> Channels);

/// <param name="ChannelName">Null for all channels that are not named themselves.</param>
internal sealed record ChannelTrouble(string? ChannelName, int DelaySeconds, string? Failure)
{
    public static ChannelTrouble Of(string channelName, EmulatedNetwork.Trouble trouble) =>
        new(channelName.Length == 0 ? null : channelName, (int)trouble.Delay.TotalSeconds, trouble.Failure);

    public EmulatedNetwork.Trouble ToTrouble() => new(TimeSpan.FromSeconds(DelaySeconds), Failure);
}
