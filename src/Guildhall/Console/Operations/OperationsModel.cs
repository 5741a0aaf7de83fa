using Guildhall.Console.Shared;
using Guildhall.Operations;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Console.Operations;

public sealed record OperationsModel(OperationFilter Filter, IReadOnlyList<Operation> Found, IReadOnlyList<Service> Services, Pages Pages);
