using System.Text.Json.Nodes;
using Guildhall.Fabric;
using Guildhall.Storage;

namespace Guildhall.Tests.Fabric;

/// <summary>Whom a history has asked to sign, and what was signed.</summary>
internal sealed class AskedPeople(TestService service, ChannelModel model, Func<IEnumerable<Person>> invitees)
{
    private readonly List<(TestOrganization Signer, string OperationId, PreparedUpdate Update)> given = [];

    /// <summary>What people are or were asked to sign, and is in a state.</summary>
    public async Task<List<(Person Person, JsonNode Request)>> ListAsync(string state)
    {
        var found = new List<(Person, JsonNode)>();
        foreach (var person in invitees().Prepend(service.Inviter))
        {
            var list = JsonNode.Parse((await person.GetAsync("signature-requests")).Body)!["signature_requests"]!.AsArray();
            found.AddRange(list.Where(request => (string)request!["status"]! == state).Select(request => (person, request!)));
        }

        return found;
    }

    /// <summary>Has the organization that is asked sign with its own administrator's key.</summary>
    /// <returns>The status of the answer; 0 where there was nobody to sign.</returns>
    public async Task<int> SignAsync(Person person, JsonNode request)
    {
        var (mspId, id) = ((string)request["msp_id"]!, (string)request["id"]!);
        if (!model.Places.TryGetValue(mspId, out var organization))
        {
            return 0; // it was removed, which the worker has yet to see
        }

        var update = await UpdateAsync(person, request);
        var (status, _) = await Consortium.HandInAsync(person, id, await UpdateSignature.CreateAsync(update, organization.Admin, default));
        if (status == 200)
        {
            given.Add((organization, (string)request["operation_id"]!, update));
        }

        return status;
    }

    /// <summary>Nobody is asked who has no say, or has signed.</summary>
    public async Task CheckAsync()
    {
        foreach (var (person, request) in await ListAsync("waiting"))
        {
            var mspId = (string)request["msp_id"]!;
            Assert.True(model.Places.TryGetValue(mspId, out var organization), $"{mspId} is asked to sign, and is not on the channel.");
            var (operation, update) = ((string)request["operation_id"]!, await UpdateAsync(person, request));
            Assert.False(given.Exists(one => one.Signer == organization && one.OperationId == operation && one.Update.IsSameAs(update)), $"{mspId} is asked to sign what it has signed.");
        }

        foreach (var (person, request) in await ListAsync("given"))
        {
            if (await RoundAsync((string)request["operation_id"]!) == (int)request["round"]! && model.Places.TryGetValue((string)request["msp_id"]!, out var organization))
            {
                given.Add((organization, (string)request["operation_id"]!, await UpdateAsync(person, request)));
            }
        }
    }

    private async Task<int> RoundAsync(string operationId) =>
        (await service.Store.ReadAsync(session => session.FindEnactmentAsync(service.Inviter.ServiceId, operationId, default), default))!.Round;

    /// <summary>The operation's update, as it is now.</summary>
    private static async Task<PreparedUpdate> UpdateAsync(Person person, JsonNode request) =>
        PreparedUpdate.FromBytes(Convert.FromBase64String((string)JsonNode.Parse((await person.GetAsync("signature-requests/" + (string)request["id"]!)).Body)!["update"]!));
}
