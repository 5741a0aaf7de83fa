using Guildhall.Console.Shared;
using Guildhall.Operations;
using Guildhall.Storage;

namespace Guildhall.Console.Operations;

/// <summary>What was asked of the channels, and how far each has come.</summary>
internal static class OperationsPages
{
    public static async Task<IResult> ListAsync(ConsoleRequest request)
    {
        if (request.Filter("service").IsRefused(out var refusal, out var service) || request.Filter("status", StatusFrom).IsRefused(out refusal, out var status))
        {
            return request.Refuse(refusal);
        }

        var filter = new OperationFilter(service, status);
        var (found, count) = await request.Overview.ListOperationsAsync(request.Caller, filter, Pages.SkipOf(request), Pages.Rows, request.Aborted);
        var (services, _) = await request.Services.ListAsync(request.Caller, null, null, request.Aborted);
        return request.Show<OperationsView, OperationsModel>(request.T("Operations"), new OperationsModel(filter, found, services, Pages.Of(request, count)));
    }

    public static async Task<IResult> ShowAsync(ConsoleRequest request, string id)
    {
        if (await request.Overview.FindOperationAsync(request.Caller, id, request.Aborted) is not { } operation)
        {
            return request.NotFound();
        }

        request.RefreshEvery = IsUnderWay(operation) ? 5 : null;
        return request.Show<OperationView, Operation>(Told.In(request, operation.Description), operation);
    }

    private static OperationStatus? StatusFrom(string word) => Enum.TryParse<OperationStatus>(word, ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : null;

    public static bool IsUnderWay(Operation operation) => operation.Status is OperationStatus.Waiting or OperationStatus.Processing;
}
